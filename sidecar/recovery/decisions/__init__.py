"""From carts to routes: the facts gathered, the decision stored with its reason."""

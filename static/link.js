// A person who opened a one-time link need not press as well; programs that only look at links do not run this.
"use strict";
document.getElementById("link-form").requestSubmit();

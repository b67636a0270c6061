"""The words of messages: sources, fields, blocks, layout, lint."""

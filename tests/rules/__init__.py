"""The rules of the notice, by number: where each is decided, what proves it, what breaks it.

All of it is read from code and tests; deploy/rules.md alone says what the rules are.
"""

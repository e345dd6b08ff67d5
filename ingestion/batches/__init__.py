"""The path that rows of every door share: check, write down what became of them, publish parts."""

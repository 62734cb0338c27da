"""Answers a learner might type, for the browser tests and the pictures."""

OVERFLOWING_SOFTMAX = """\
def softmax(logits):
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)
"""

WRONG_SOFTMAX = """\
def softmax(logits):
    powers = np.exp(logits - logits.max())
    return powers / powers.sum(axis=0)
"""

RIGHT_SOFTMAX = """\
def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
"""

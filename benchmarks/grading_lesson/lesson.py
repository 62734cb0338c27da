# The lesson that benchmarks/grading.py has graded, cell by cell, with the reference answers in it.
# A line "# %% answer NAME POINTS" begins an answer cell; each grader gets its own check cell after it.

# %% [markdown]
# # From scores to a small network
#
# Eight kinds of points lie in twenty dimensions. You will write what a classifier needs, first with NumPy and then as a
# PyTorch module, and train both.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

np.set_printoptions(precision=4, suppress=True)
torch.set_num_threads(1)  # small models run faster on a single thread

# %% [markdown]
# ## 1 · The points
#
# Each class has a centre of its own, and its points scatter around it. The columns are measured in different units.

# %%
NUMPY_EPOCHS = 140
TORCH_EPOCHS = 24
n_features, n_classes = 20, 8
rng = np.random.default_rng(4)
centres = rng.normal(size=(n_classes, n_features))
labels = rng.integers(0, n_classes, size=2500)
units = np.exp(rng.normal(size=n_features))
raw = (centres[labels] + 0.9 * rng.normal(size=(2500, n_features))) * units + 3.0
print(raw.shape, labels.shape, "points of each class:", np.bincount(labels))

# %% [markdown]
# The first two columns, one colour a class:

# %%
figure, axes = plt.subplots(figsize=(6, 4))
axes.scatter(raw[:600, 0], raw[:600, 1], c=labels[:600], cmap="tab10", s=12)
axes.set_xlabel("first column")
axes.set_ylabel("second column")
axes.set_title("The points as they come")
plt.show()

# %% [markdown]
# Columns in different units make training slow. Give each column the mean 0 and the standard deviation 1. A column that
# is constant becomes zero.


# %% answer standardise 2
def standardise(x: np.ndarray) -> np.ndarray:
    """Return the columns of x (m, n) with mean 0 and standard deviation 1; a constant column becomes 0."""
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=0)
    spread = x.std(axis=0)
    return centred / np.where(spread > 1e-12, spread, 1.0)
    ### END SOLUTION


# %%
features = standardise(raw)
x_train, x_test = features[:2000], features[2000:]
y_train, y_test = labels[:2000], labels[2000:]
print("means", features.mean(axis=0)[:4], "deviations", features.std(axis=0)[:4])

# %% [markdown]
# ## 2 · Probabilities and the loss
#
# One row of scores a sample. Softmax turns it into probabilities:
#
# $$ a_k = \frac{e^{z_k}}{\sum_i e^{z_i}} $$
#
# Scores may be as large as 1000: subtract the largest of the row first.


# %% answer class_probabilities 3
def class_probabilities(scores: np.ndarray) -> np.ndarray:
    """Return the softmax of each row of scores (m, c), safely for scores of any size."""
    ### BEGIN SOLUTION
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% [markdown]
# The loss of a batch is the mean of minus the log-probability of the true class.


# %% answer mean_loss 3
def mean_loss(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean cross-entropy of scores (m, c) and class numbers (m,), in nats."""
    ### BEGIN SOLUTION
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(labels)), labels].mean())
    ### END SOLUTION


# %%
start = np.zeros((5, n_classes))
print("before any training:", mean_loss(start, labels[:5]), "and ln 8 is", np.log(8))
print("probabilities:", class_probabilities(start)[0])

# %% [markdown]
# ## 3 · The way down
#
# The slope of the mean loss by the scores is $(a - y) / m$. From there it is one step to the weights and to the bias.


# %% answer loss_slopes 4
def loss_slopes(
    x: np.ndarray, labels: np.ndarray, weights: np.ndarray, bias: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the slopes of the mean cross-entropy of x @ weights + bias by weights (n, c) and by bias (c,)."""
    ### BEGIN SOLUTION
    scores = x @ weights + bias
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    delta = powers / powers.sum(axis=1, keepdims=True)
    delta[np.arange(len(labels)), labels] -= 1.0
    delta = delta / len(labels)
    return x.T @ delta, delta.sum(axis=0)
    ### END SOLUTION


# %% [markdown]
# A batch is a handful of samples. Shuffle with `rng.permutation(len(features))`; the last batch may be smaller.


# %% answer batches_of 3
def batches_of(features, labels, size, rng):
    """Yield (features, labels) of one epoch in batches of `size`, shuffled by one rng.permutation(len(features))."""
    ### BEGIN SOLUTION
    order = rng.permutation(len(features))
    for begin in range(0, len(order), size):
        chosen = order[begin : begin + size]
        yield features[chosen], labels[chosen]
    ### END SOLUTION


# %% [markdown]
# Momentum remembers the last steps: $v \leftarrow \mu v + g$ and $p \leftarrow p - \eta v$. Leave the arguments as they
# are.


# %% answer momentum_step 3
def momentum_step(
    values: np.ndarray, velocity: np.ndarray, slopes: np.ndarray, rate: float, momentum: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the new values and the new velocity after one step with momentum."""
    ### BEGIN SOLUTION
    moved = momentum * velocity + slopes
    return values - rate * moved, moved
    ### END SOLUTION


# %% [markdown]
# ## 4 · Training with NumPy
#
# Everything comes together. Try other values of the three numbers below.

# %%
learning_rate = 0.05
momentum = 0.5
batch_size = 50

# %%
shuffle = np.random.default_rng(1)
weights, bias = np.zeros((n_features, n_classes)), np.zeros(n_classes)
weight_velocity, bias_velocity = np.zeros_like(weights), np.zeros_like(bias)
losses = []
for epoch in range(NUMPY_EPOCHS):
    for x, y in batches_of(x_train, y_train, batch_size, shuffle):
        weight_slopes, bias_slopes = loss_slopes(x, y, weights, bias)
        weights, weight_velocity = momentum_step(weights, weight_velocity, weight_slopes, learning_rate, momentum)
        bias, bias_velocity = momentum_step(bias, bias_velocity, bias_slopes, learning_rate, momentum)
    losses.append(mean_loss(x_train @ weights + bias, y_train))
    if epoch % 60 == 0:
        print(f"epoch {epoch:3}: loss {losses[-1]:.4f}")

# %%
figure, axes = plt.subplots(figsize=(6, 4))
axes.plot(losses, label="training")
axes.axhline(np.log(n_classes), color="gray", linestyle="--", label="guessing")
axes.set_xlabel("epoch")
axes.set_ylabel("mean loss (nats)")
axes.legend()
plt.show()

# %% [markdown]
# ## 5 · How good is it?
#
# Where classes are of different sizes, the mean of the recalls says more than the share of right answers.


# %% answer balanced_accuracy 2
def balanced_accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean, over the classes that occur in labels, of the share of their samples that are predicted."""
    ### BEGIN SOLUTION
    recalls = [np.mean(predicted[labels == kind] == kind) for kind in np.unique(labels)]
    return float(np.mean(recalls))
    ### END SOLUTION


# %%
predicted = (x_test @ weights + bias).argmax(axis=1)
print("share of right answers on new points:", (predicted == y_test).mean())
print("balanced accuracy on new points:", balanced_accuracy(predicted, y_test))

# %% [markdown]
# Which classes does it take for which?

# %%
table = np.zeros((n_classes, n_classes), dtype=int)
np.add.at(table, (y_test, predicted), 1)
figure, axes = plt.subplots(figsize=(5, 5))
image = axes.imshow(table, cmap="Blues")
for row in range(n_classes):
    for column in range(n_classes):
        axes.text(column, row, table[row, column], ha="center", va="center", fontsize=8)
axes.set_xlabel("predicted")
axes.set_ylabel("true")
figure.colorbar(image)
plt.show()

# %% [markdown]
# ## 6 · A network in PyTorch
#
# One hidden layer with ReLU, and scores at the end.


# %% answer TwoLayerNet 4
class TwoLayerNet(nn.Module):
    """A net n_in - n_hidden - n_out with ReLU between its two linear layers; it gives scores."""

    ### BEGIN SOLUTION
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.first = nn.Linear(n_in, n_hidden)
        self.second = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))

    ### END SOLUTION


# %%
torch.manual_seed(2)
net = TwoLayerNet(n_features, 32, n_classes)
optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=momentum)
inputs, targets = torch.tensor(x_train, dtype=torch.float32), torch.tensor(y_train)
net_losses = []
for _ in range(TORCH_EPOCHS):
    order = torch.randperm(len(inputs))
    for chosen in order.split(batch_size):
        loss = nn.functional.cross_entropy(net(inputs[chosen]), targets[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net_losses.append(loss.item())
print("last loss of the net:", net_losses[-1])

# %%
figure, axes = plt.subplots(figsize=(6, 4))
axes.plot(net_losses, label="net, last batch")
axes.plot(losses, label="scores alone")
axes.set_xlabel("epoch")
axes.set_ylabel("loss (nats)")
axes.set_ylim(bottom=0)
axes.legend()
plt.show()

# %% [markdown]
# The net bends its borders, so it may do better on new points. Does it?

# %%
with torch.no_grad():
    by_net = net(torch.tensor(x_test, dtype=torch.float32)).argmax(dim=1).numpy()
print("share of right answers:", (by_net == y_test).mean())
print("balanced accuracy:", balanced_accuracy(by_net, y_test))

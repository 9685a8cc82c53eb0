"""The network of `cleaners.network` in torch, to be trained: the same layers by the same names."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from cleaners.boxes import BOX_COLUMNS
from cleaners.inputs import LABELS, input_names
from cleaners.network import LEAST_FOCUS, LONGEST_SIZE

WIDTH = 48
DILATIONS = (1, 2, 4, 8, 16)
BOX_DROPOUT = 0.3
"""So many documents are seen without any measure of the tree: a page whose tree says nothing must be read as well."""

UNITS_COLUMN = input_names().index("units")
BOXES = [input_names().index(name) for name in BOX_COLUMNS]


class LineNetwork(nn.Module):
    """The layers."""

    def __init__(self, features: int, *, dropout: float, feature_dropout: float, has_focus: bool) -> None:
        super().__init__()
        self.dropout, self.feature_dropout = dropout, feature_dropout
        self.layers = nn.ModuleDict({"input": nn.Linear(features, WIDTH), "overview": nn.Linear(2 * WIDTH, WIDTH)})
        self.layers["course"] = nn.Linear(2 * WIDTH, WIDTH)
        if has_focus:
            self.layers["gate"] = nn.Linear(WIDTH, 1)
            self.layers["focus"] = nn.Linear(3 * WIDTH + 4, WIDTH)
        for place in range(len(DILATIONS)):
            self.layers[f"convolution{place}"] = nn.Linear(3 * WIDTH, WIDTH)
        self.layers["output"] = nn.Linear(2 * WIDTH, len(LABELS))

    def forward(
        self, rows: torch.Tensor, document: torch.Tensor, count: int
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Score rows; `document` numbers them, and is `count` for the empty rows between documents.

        Gives the scores of the labels, and from a network with a focus how much each row seemed to be text there.
        """
        is_line = (document < count).to(rows.dtype).unsqueeze(1)
        sizes = (rows[:, UNITS_COLUMN : UNITS_COLUMN + 1] * 40).clamp(1, LONGEST_SIZE) * is_line
        gate: torch.Tensor | None = None
        if self.training:
            left = torch.rand(count + 1, rows.shape[1]) > self.feature_dropout
            left[:, BOXES] &= torch.rand(count + 1, 1) > BOX_DROPOUT
            rows = rows * left.to(rows.dtype)[document]
        first = functional.relu(self.layers["input"](rows)) * is_line
        seen = first
        for place, step in enumerate(DILATIONS):
            held = functional.dropout(seen, self.dropout, self.training)
            above, below = functional.pad(held[:-step], (0, 0, step, 0)), functional.pad(held[step:], (0, 0, 0, step))
            found = functional.relu(self.layers[f"convolution{place}"](torch.cat([above, held, below], 1)))
            seen = (seen + found) * is_line
            if place == len(DILATIONS) // 2:
                seen = (seen + self._overview(seen, document, is_line, count)[document]) * is_line
                seen = (seen + functional.relu(self.layers["course"](_most_around(seen, document)))) * is_line
            if place == len(DILATIONS) // 2 + 1 and "focus" in self.layers:
                gate = self.layers["gate"](seen)
                seen = (seen + self._focus(seen, torch.sigmoid(gate) * sizes, sizes, document)) * is_line
        held = functional.dropout(torch.cat([seen, first], 1), self.dropout, self.training)
        scores: torch.Tensor = self.layers["output"](held)
        return scores, gate

    def _focus(
        self, seen: torch.Tensor, inside: torch.Tensor, sizes: torch.Tensor, document: torch.Tensor
    ) -> torch.Tensor:
        count = int(document.max()) + 1
        means = []
        for weight in (inside, sizes - inside):
            total = torch.zeros(count, 1).index_add(0, document, weight) + LEAST_FOCUS
            means.append((torch.zeros(count, seen.shape[1]).index_add(0, document, seen * weight) / total)[document])
        text, rest = means
        around = _text_around(inside, document)
        found: torch.Tensor = functional.relu(
            self.layers["focus"](torch.cat([seen * text, seen * rest, seen - text, around], 1))
        )
        return found

    def _overview(self, seen: torch.Tensor, document: torch.Tensor, is_line: torch.Tensor, count: int) -> torch.Tensor:
        empty = torch.zeros(count + 1, seen.shape[1])
        lines = torch.zeros(count + 1, 1).index_add_(0, document, is_line).clamp(min=1)
        mean = empty.index_add(0, document, seen) / lines
        most = empty.scatter_reduce(0, document[:, None].expand_as(seen), seen, "amax")
        found: torch.Tensor = functional.relu(self.layers["overview"](torch.cat([mean, most], 1)))
        return found


def _most_around(seen: torch.Tensor, document: torch.Tensor) -> torch.Tensor:
    """The most that each number comes to from a document's first row to a row, and from there to its last."""
    ends = torch.unique_consecutive(document, return_counts=True)[1].cumsum(0).tolist()
    pieces = [seen[start:end] for start, end in pairwise([0, *ends])]
    above = [piece.cummax(0).values for piece in pieces]
    below = [piece.flip(0).cummax(0).values.flip(0) for piece in pieces]
    return torch.cat([torch.cat(above), torch.cat(below)], 1)


def _text_around(inside: torch.Tensor, document: torch.Tensor) -> torch.Tensor:
    """How much of the text seems to stand above a row and how much below, as shares and as sizes."""
    ends = torch.unique_consecutive(document, return_counts=True)[1].cumsum(0).tolist()
    found = []
    for start, end in pairwise([0, *ends]):
        added = inside[start:end].cumsum(0)
        above, below = added - inside[start:end], added[-1:] - added
        whole = added[-1:] + 1
        found.append(torch.cat([above / whole, below / whole, torch.log1p(above) / 4, torch.log1p(below) / 4], 1))
    return torch.cat(found)

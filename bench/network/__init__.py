"""Training of the networks that label lines (`docs/model.md`)."""

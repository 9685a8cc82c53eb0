"""The learned labeller under study: trained and measured here, not asked by `cleaners` (see `docs/model.md`)."""

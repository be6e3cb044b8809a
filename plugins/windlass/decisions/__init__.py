"""Pure decisions: values in, a :class:`~windlass.decisions.verdict.Verdict` out."""

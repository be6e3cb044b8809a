"""For each port an adapter that writes down instead of acting: a dry run."""

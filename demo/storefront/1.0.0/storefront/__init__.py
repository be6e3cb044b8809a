"""The storefront: a small shop with a catalogue, a cart and a checkout."""

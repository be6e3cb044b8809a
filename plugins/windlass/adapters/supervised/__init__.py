"""Commands that outlive whoever started them."""

"""Required approvals and the gates that decide from them."""

"""The one trigger that every wait uses."""

"""Pure views: what the events of one or many releases amount to."""

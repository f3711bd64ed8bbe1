"""What the templates show: records turned into plain values, ready to be written."""

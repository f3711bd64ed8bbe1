"""The version of counterclaim, where a command can find it in a moment."""

VERSION = "0.1.0"

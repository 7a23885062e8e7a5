"""docs/causes.md is what the binary prints."""

from generated_page import check

check("docs/causes.md", ["explain", "--markdown", "causes"])

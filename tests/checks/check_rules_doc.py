"""docs/rules.md is what the binary prints."""

from generated_page import check

check("docs/rules.md", ["explain", "--markdown"])

"""Large numbers in Chinese as everywhere else on our pages: 1,000,000. Django leaves them ungrouped."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3

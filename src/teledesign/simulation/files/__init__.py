"""The files of a log: slices of arrival time written as parts, and what stands beside them."""

"""Example cases, as data; `mtus new case --example` copies one."""

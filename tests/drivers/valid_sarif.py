#!/usr/bin/env python3
"""Validates the SARIF log on standard input against a JSON Schema: `valid_sarif.py SCHEMA`."""

import json
import sys

from jsonschema import Draft7Validator, FormatChecker

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft7Validator.check_schema(schema)
log = json.load(sys.stdin)
errors = list(Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(log))
for error in errors:
    print(f"{error.json_path}: {error.message}", file=sys.stderr)
sys.exit(1 if errors else 0)

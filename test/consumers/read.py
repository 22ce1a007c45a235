"""Reads a JUnit report with a Python program, and prints what it has got: results by name, and all texts, as JSON.

read.py NAME FILE, where NAME is one of the functions below.
"""
import json
import sys


def junitparser(path):
    from junitparser import JUnitXml

    cases = [case for suite in JUnitXml.fromfile(path) for case in suite]
    results = [case.result[0] if case.result else None for case in cases]
    kinds = {"Failure": "failed", "Error": "failed", "Skipped": "skipped"}
    return {
        "results": [kinds.get(type(result).__name__, "passed") for result in results],
        "texts": [case.name for case in cases]
        + [text for result in results if result is not None for text in (result.message, result.text)],
    }


def junit2html(path):
    from junit2htmlreport.parser import Junit

    report = Junit(path)
    cases = [case for suite in report.suites for case in suite.all()]
    return {
        "results": ["failed" if case.failed() else "skipped" if case.skipped else "passed" for case in cases],
        "texts": [text for case in cases for text in (case.name, case.failure_msg, case.failure, case.skipped_msg)],
        "suites": len(report.suites),
        "html": len(report.html()),
    }


def codecov(path):
    from test_results_parser import parse_junit_xml

    with open(path, "rb") as file:
        runs = parse_junit_xml(file.read()).testruns
    kinds = {"failure": "failed", "error": "failed", "skip": "skipped", "pass": "passed"}
    return {
        "results": [kinds[str(run.outcome)] for run in runs],
        "texts": [text for run in runs for text in (run.name, run.failure_message)],
    }


def enricomi(path):
    from publish.junit import parse_junit_xml_files, process_junit_xml_elems

    read = process_junit_xml_elems(parse_junit_xml_files([path], False, False), add_suite_details=True)
    if read.errors:
        raise ValueError(read.errors)
    kinds = {"failure": "failed", "error": "failed", "skipped": "skipped", "success": "passed"}
    return {
        "results": [kinds[case.result] for case in read.cases],
        "texts": [text for case in read.cases for text in (case.test_name, case.message, case.content)],
        "suites": read.suites,
        "counts": [read.suite_tests, read.suite_failures, read.suite_errors, read.suite_skipped],
    }


print(json.dumps(globals()[sys.argv[1]](sys.argv[2])))

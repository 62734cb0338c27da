"""The course's site: guides, lessons with their outputs, coverage and API, made without a network."""

from autograder.site.building import SiteReport, build_site

__all__ = ["SiteReport", "build_site"]

"""The errors a user can mend, each one line: what, where, how.

    IncomingError
    ├── ConfigError      the configuration file, the environment or a secret
    │   ├── RivalError   a token that another program uses too
    │   └── SilentError  a platform that does not answer: what the token is worth is not known
    ├── UsageError       a command line that makes no sense
    ├── StoreError       the database: locked, full, newer than this program
    └── SourceError      a URL or file that cannot be read as a blog's posts

Failures inside the loops are values (``Failed``, ``Outcome``), never these.
"""

from __future__ import annotations


class IncomingError(Exception):
    """Base of all errors that are shown to the operator as one line. ``exit_code`` is what the program ends with."""

    exit_code = 1


class ConfigError(IncomingError):
    """The configuration is wrong."""


class UsageError(IncomingError):
    """The command line is wrong."""

    exit_code = 2


class RivalError(ConfigError):
    """Another program has the token too, and takes the commands; sending goes on."""


class SilentError(ConfigError):
    """A platform does not answer."""


class StoreError(IncomingError):
    """The database cannot be used."""


class SourceError(IncomingError):
    """A source cannot be read."""

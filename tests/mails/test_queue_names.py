"""What the queue is in the database: the same for every process and every version."""

import os
import subprocess
import sys
from hashlib import sha256

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from persistence.queue_names import QUEUE_NAMES

TABLES = "37330341e1a6aa56925131664656cd0f5a3cfeb300908ad3602f94b0c7d249cb"
"""The digest of how pgqueuer makes its tables, but for the line that names its version."""


def test_no_variable_of_the_surroundings_renames_it():
    program = "from persistence.queue_names import QUEUE_NAMES as n; print(n.channel, n.function, n.queue_table)"
    surroundings = {"CHANNEL": "stable", "FUNCTION": "handler", "PGQUEUER_PREFIX": "x_", "DURABILITY": "high"}
    told = subprocess.check_output([sys.executable, "-c", program], env=os.environ | surroundings, text=True)
    assert told.split() == ["ch_pgqueuer", "fn_pgqueuer_changed", "pgqueuer"]


def test_a_version_of_pgqueuer_with_other_tables_comes_with_a_migration():
    _, _, script = QueryBuilderEnvironment(QUEUE_NAMES).build_install_query().partition("\n")
    digest = sha256(script.encode()).hexdigest()
    assert digest == TABLES, "let a new migration do what `pgqueuer sql upgrade` prints, and note the new digest here"

"""A Ray cluster of several machines, simulated on this one, as a process of its own.

Prints its address; then does what each line on its standard input says: `add` a machine,
`add-gpu` one that claims a GPU, `kill` the one that was added last, without a word to anybody.
Ends with its input.
"""

from __future__ import annotations

import os
import sys

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

MEMORY = 100 * 2**20  # bytes of each machine's object store


def main() -> None:
    """Run the cluster until the input ends."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": MEMORY}
    )
    machines = []
    try:
        print(cluster.address, flush=True)
        for line in sys.stdin:
            if line.startswith("add"):
                gpus = 1 if line.strip() == "add-gpu" else 0
                machine = {"num_cpus": 1, "num_gpus": gpus, "object_store_memory": MEMORY}
                machines.append(cluster.add_node(**machine))
            else:
                cluster.remove_node(machines.pop(), allow_graceful=False)
            print("done", flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()

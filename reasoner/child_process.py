"""Processes that work for another one, and end with it."""

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """End this process when the one that started it ends, however it ends: one that waits for work would not notice, and stay for ever.

    A process that nothing of this kind started, such as a worker of a cluster, is left to whoever did.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def end() -> None:
        parent.join()
        os._exit(0)

    threading.Thread(target=end, daemon=True).start()

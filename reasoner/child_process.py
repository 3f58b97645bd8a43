"""Processes that work for another one, and end with it."""

import gc
import multiprocessing
import os
import threading

from mtus.reasoner.knowledge import load_knowledge


def prepare() -> None:
    """Make this process ready to determine for the one that started it, with which it ends.

    The knowledge is loaded, and set aside from what the memory is searched for, since it stays.
    """
    _end_with_parent()
    load_knowledge()
    gc.freeze()


def _end_with_parent() -> None:
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

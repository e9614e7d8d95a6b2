package dev.muster.ops.client;

import java.util.List;

/** Part of a list. */
record Items<T>(List<T> items) {
    Items {
        items = List.copyOf(items);
    }
}

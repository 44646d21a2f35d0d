// SPDX-License-Identifier: MIT
#pragma once

// What the plug-in does with its own copy of strait. No type of strait crosses the border.
extern "C" {
/// Starts this program again with the argument and waits for its end; true if it succeeded.
__attribute__((visibility("default"))) bool plugin_runs_child(const char* argument);
/// Listens from now on for being asked to end.
__attribute__((visibility("default"))) void plugin_listens();
/// Whether this process is asked to end, within 10 seconds.
__attribute__((visibility("default"))) bool plugin_is_stopped();
/// The address of a function of strait that the plug-in calls: which copy it has.
__attribute__((visibility("default"))) const void* plugin_address();
}

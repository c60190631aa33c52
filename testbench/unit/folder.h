// SPDX-License-Identifier: Apache-2.0
// A temporary folder for the tests that write files: the working directory of a test, removed after
// it.
#pragma once

// For .init and .fini of a test.
void enter_directory(void);
void leave_directory(void);

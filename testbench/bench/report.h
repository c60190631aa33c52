// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench.h"
#include "w4a5se/status.h"

#include <stdio.h>

void bench_print(const struct bench *bench, FILE *to);

// DIRECTORY/bench.md and DIRECTORY/bench.json.
enum se_status bench_write(const struct bench *bench, const char *directory, struct se_error *err);

// SPDX-License-Identifier: Apache-2.0
#include "example.h"

#include <string.h>

static const struct {
    const char *engine;
    enum se_status (*trace)(const char *fst, struct se_error *err);
    enum se_status (*vectors)(const char *directory, struct se_error *err);
} examples[] = {{"conv_engine", conv_engine_trace, conv_engine_vectors},
                {"scan_engine", scan_engine_trace, scan_engine_vectors}};

uint32_t example_draw(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

FILE *example_file(const char *directory, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return fopen(path, "w");
}

int main(int argc, char **argv) {
    struct se_error err = {
        "usage: engine-example ENGINE trace FILE.fst | ENGINE vectors DIRECTORY"};
    enum se_status status = SE_INVALID;
    for (size_t i = 0; argc == 4 && i < sizeof examples / sizeof *examples; i++) {
        if (strcmp(argv[1], examples[i].engine) != 0) {
            continue;
        }
        if (!strcmp(argv[2], "trace")) {
            status = examples[i].trace(argv[3], &err);
        } else if (!strcmp(argv[2], "vectors")) {
            status = examples[i].vectors(argv[3], &err);
        }
    }
    if (status != SE_OK) {
        fprintf(stderr, "%s\n", err.message);
    }
    return status == SE_OK ? 0 : 1;
}

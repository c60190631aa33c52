// SPDX-License-Identifier: Apache-2.0
#include "w4a5se/memory_points.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char HEADER[] = "source,node_nm,device,words,word_bits,ports,area_mm2,access_ns,"
                             "read_pj,write_pj,leakage_mw\n";

static int find(const char *const *names, const char *text) {
    int i = 0;
    while (names[i] && strcmp(names[i], text) != 0) {
        i++;
    }
    return names[i] ? i : -1;
}

static bool read_point(const char *line, struct se_memory_point *p) {
    char device[16], ports[16], rest;
    long long words, word_bits;
    if (sscanf(line, "%15[^,],%d,%15[^,],%lld,%lld,%15[^,],%lf,%lf,%lf,%lf,%lf%c", p->source,
               &p->node_nm, device, &words, &word_bits, ports, &p->q[0], &p->q[1], &p->q[2],
               &p->q[3], &p->q[4], &rest) != 12 ||
        rest != '\n') {
        return false;
    }
    int d = find(se_device_names, device), q = find(se_ports_names, ports);
    p->device = (enum se_device)d;
    p->memory = (struct se_memory){(uint64_t)words * word_bits, word_bits, (enum se_ports)q};
    bool costs = true;
    for (int i = 0; i < SE_MEMORY_QUANTITIES; i++) {
        costs = costs && isfinite(p->q[i]) && p->q[i] > 0;
    }
    return d >= 0 && q >= 0 && costs && words > 0 && word_bits > 0 && words <= SE_MEMORY_BITS_MAX &&
           word_bits <= SE_MEMORY_WORD_MAX && words * word_bits <= SE_MEMORY_BITS_MAX;
}

enum se_status se_memory_points_load(const char *path, size_t *n, struct se_memory_point *points,
                                     struct se_error *err) {
    char line[256];
    bool header = false;
    enum se_status status = SE_OK;
    FILE *in = fopen(path, "r");
    if (!in) {
        return se_fail(err, SE_IO, "cannot read %s: %s", path, strerror(errno));
    }
    *n = 0;
    for (int number = 1; !status && fgets(line, sizeof line, in); number++) {
        if (line[0] == '#') {
            continue;
        }
        if (header ? *n == SE_MEMORY_POINTS_MAX || !read_point(line, &points[*n])
                   : strcmp(line, HEADER) != 0) {
            status = se_fail(err, SE_INVALID, "%s: line %d is not %s", path, number,
                             header ? "one more memory as the header says" : "the header");
        }
        *n += header;
        header = true;
    }
    fclose(in);
    return status || *n ? status : se_fail(err, SE_INVALID, "%s: no memory in it", path);
}

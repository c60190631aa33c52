// SPDX-License-Identifier: Apache-2.0
// Memories whose cost is known, from a CSV file whose header names the columns
// source,node_nm,device,words,word_bits,ports,area_mm2,access_ns,read_pj,write_pj,leakage_mw
// after lines of comment that begin with #.
#pragma once

#include "w4a5se/memory.h"

enum { SE_MEMORY_POINTS_MAX = 256, SE_MEMORY_POINT_SOURCE = 16 };

struct se_memory_point {
    char source[SE_MEMORY_POINT_SOURCE];
    int node_nm;
    enum se_device device;
    struct se_memory memory;
    double q[SE_MEMORY_QUANTITIES];
};

// points[SE_MEMORY_POINTS_MAX]. SE_INVALID names the line that is not as the header says.
enum se_status se_memory_points_load(const char *path, size_t *n, struct se_memory_point *points,
                                     struct se_error *err);

// SPDX-License-Identifier: Apache-2.0
// group and lookup: a table worked out by hand, figures that follow from the blocks, and what is
// refused.
#include "command.h"
#include "files.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(group, .init = scratch_begin, .fini = scratch_end);

// Two heads of two dimensions. Channels 1 and 2 are the large ones of their heads, and the second
// head is eight times the first.
static const float activations[] = {-1, 4, 32, 8, 1, -2, 16, -8};

static void put_activations(void) {
    put_npy("x.npy", "<f4", "False", "(2, 4)", sizeof activations, activations);
}

#define GROUP "$W group --in=$T/x.npy --headdim=2 "
#define TO_OUT "--out=$T/out/t.yaml --permutation=$T/out/p.npy "

static float scale_of(const char *yaml, int i) {
    const char *at = strstr(yaml, "scales: [");
    cr_assert(at, "%s", yaml);
    for (at += strlen("scales: ["); i > 0; i--) {
        at = strchr(at, ',') + 1;
    }
    return strtof(at, NULL);
}

Test(group, table_by_hand) {
    put_activations();
    expect_success(GROUP "--head-groups=2 --dim-groups=2 --out=$T/t.yaml --permutation=$T/p.npy");
    const char *yaml = get_file("t.yaml", NULL);
    cr_expect(strstr(yaml, "heads: 2\n") && strstr(yaml, "headdim: 2\n"), "%s", yaml);
    cr_expect(strstr(yaml, "head_range: [1, 2]"), "%s", yaml);
    cr_expect(strstr(yaml, "dim_range: [1, 2, 1, 2]"), "%s", yaml);

    // Each channel is a group of its own: at its place stands what covers its largest value.
    const uint16_t *channel = get_npy("p.npy", "<u2", "(4,)", 8);
    static const float largest[] = {1, 4, 32, 8};
    for (int i = 0; i < 4; i++) {
        float due = largest[channel[i]] / 127;
        cr_expect_lt(fabsf(scale_of(yaml, i) - due), 1e-6f * due, "place %d: %g, not %g", i,
                     (double)scale_of(yaml, i), (double)due);
    }
}

Test(group, one_group_covers_all) {
    put_activations();
    expect_success(GROUP "--head-groups=1 --dim-groups=1 --out=$T/t.yaml --permutation=$T/p.npy");
    cr_expect_lt(fabsf(scale_of(get_file("t.yaml", NULL), 0) - 32.0f / 127), 1e-6f);
}

Test(group, refuses_what_it_cannot_group) {
    expect_refused(GROUP TO_OUT, "x.npy", NULL);
    put_activations();
    expect_refused("$W group --in=$T/x.npy --headdim=3 " TO_OUT, "3", NULL);
    expect_refused("$W group --in=$T/x.npy --headdim=2 --groups=3 " TO_OUT, "3", NULL);
    put_npy("x.npy", "<f4", "False", "(8,)", sizeof activations, activations);
    expect_refused(GROUP TO_OUT, "x.npy", NULL);
    put_npy("x.npy", "<i4", "False", "(2, 4)", sizeof activations, activations);
    expect_refused(GROUP TO_OUT, "x.npy", NULL);
    put_text("x.npy", "no array");
    expect_refused(GROUP TO_OUT, "x.npy", NULL);
}

static void expect_usage(const char *line, const char *word) {
    struct command c = command("%s", line);
    cr_expect_neq(c.status, 0, "%s", line);
    cr_expect(strstr(c.err, word) && !*c.out, "%s: %s%s", line, c.err, c.out);
}

Test(group, refuses_options_it_does_not_know) {
    put_activations();
    expect_usage(GROUP TO_OUT "--scale=2", "--scale");
    expect_usage(GROUP TO_OUT "--bits=9", "--bits");
    expect_usage(GROUP TO_OUT "--head-groups=-1", "--head-groups");
    expect_usage(GROUP "--out=$T/out/t.yaml", "--permutation");
    expect_usage("$W lookup --table=x", "--table");
    expect_usage("$W lookup 8x4x4", "8x4x4");
    expect_usage("$W lookup --seed=x", "--seed");
}

// Bounds of 80 heads and 64 dimensions and a scale, twice; an index a channel and the scales,
// twice.
Test(group, words_of_tables) {
    expect_success("$W lookup --words=$T/words");
    const char *words = get_file("words/sequential-1x1x1.hex", NULL);
    cr_expect_eq(strncmp(words, "00000050\n00000040\n", 18), 0, "%s", words);
    cr_expect_eq(count_lines(words), 3 + 1 + 3);
    cr_expect_eq(count_lines(get_file("words/lut-8x4x4.hex", NULL)), 2 * (8192 + 128) + 1);
}

Test(group, lookup_refuses_bad_claims) {
    expect_refused("$W lookup --reports=$T/out --claims=$T/none.json", "none.json", NULL);
    put_text("claims.json", "[{\"claim\": 1}]");
    expect_refused("$W lookup --reports=$T/out --claims=$T/claims.json", "claims.json", "entry 0");
    put_text("claims.json", "{");
    expect_refused("$W lookup --reports=$T/out --claims=$T/claims.json", "claims.json", NULL);
    expect_refused("$W lookup --words=/proc/none", "/proc/none", NULL);
}

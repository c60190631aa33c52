// SPDX-License-Identifier: Apache-2.0
// The library's cycles against simulation, on the grid of `make cycles`.
#include "../cycles/grid.h"

#include "compare.h"
#include "stimulus.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <string.h>

TestSuite(cycles, .timeout = 600);

static struct cycles_row rows[CYCLES_ROWS_MAX];

static void simulate(struct cycles_row *row) {
    struct se_error err = {""};
    cr_assert_eq(cycles_simulate(row, &err), SE_OK, "%s", err.message);
    cr_assert_eq(cycles_count(row, &err), SE_OK, "%s", err.message);
}

Test(cycles, formulas_are_exact_on_the_grid) {
    struct se_error err = {""};
    size_t n = cycles_grid(stimulus_seed(), rows), each[CYCLES_BLOCKS] = {0};
    for (size_t i = 0; i < n; i++) {
        simulate(&rows[i]);
        each[rows[i].block]++;
    }
    cr_expect_eq(cycles_check(n, rows, &err), SE_OK, "SE_SEED=%" PRIu64 ": %s", stimulus_seed(),
                 err.message);
    for (int block = 0; block < CYCLES_BLOCKS; block++) {
        cr_expect_geq(each[block], 10, "%s: %zu configurations", cycles_block_names[block],
                      each[block]);
    }
    bench_count(n);
    bench_report();
}

// In each block, a cycle more or less is noticed, and of several rows the first is named.
Test(cycles, a_formula_off_by_one_is_caught) {
    struct se_error err = {""};
    size_t n = cycles_grid(stimulus_seed(), rows);
    for (int block = 0; block < CYCLES_BLOCKS; block++) {
        size_t i = 0;
        while (i < n && rows[i].block != (enum cycles_block)block) {
            i++;
        }
        struct cycles_row three[3];
        simulate(&rows[i]);
        three[0] = three[1] = three[2] = rows[i];
        cr_expect_eq(cycles_check(3, three, &err), SE_OK, "%s", err.message);
        strcpy(three[1].instance, "the second");
        for (int off = -1; off <= 1; off += 2) {
            three[1].formula = rows[i].formula + (uint64_t)off;
            three[2].formula = rows[i].formula + 2;
            cr_expect_eq(cycles_check(3, three, &err), SE_INVALID);
            cr_expect(strstr(err.message, cycles_block_names[block]), "%s", err.message);
            cr_expect(strstr(err.message, "the second"), "%s", err.message);
        }
    }
}

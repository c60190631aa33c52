// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <criterion/criterion.h>

#include <jansson.h>
#include <string.h>

TestSuite(estimate, .init = scratch_begin, .fini = scratch_end);

static double number(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    cr_assert(json_is_number(value), "%s is missing", key);
    return json_number_value(value);
}

static json_t *json_of(const char *line) {
    json_error_t cause;
    json_t *root = json_loads(expect_success("%s", line).out, 0, &cause);
    cr_assert(root, "%s: %s", line, cause.text);
    return root;
}

Test(estimate, a_memory_in_json) {
    json_t *root = json_of("$W estimate memory --bytes 2048 --word-bits 128 --ports 1RW1R "
                           "--node 45 --device hp --json");
    // CACTI 7 says 0.0185264 mm2, 0.234491 ns and 3.82 pJ.
    double area = number(root, "area_mm2"), access = number(root, "access_ns"),
           read = number(root, "read_pj");
    cr_expect(area > 0.0139 && area < 0.0232, "area %g", area);
    cr_expect(access > 0.17 && access < 0.30, "access %g", access);
    cr_expect(read > 2.7 && read < 5.0, "read %g", read);
    cr_expect_eq(number(root, "words"), 128);
    cr_expect_eq(number(root, "bytes"), 2048);
    cr_expect_str_eq(json_string_value(json_object_get(root, "kind")), "SRAM");
    cr_expect(number(json_object_get(root, "low"), "area_mm2") < area &&
              number(json_object_get(root, "high"), "area_mm2") > area);
    json_decref(root);
}

Test(estimate, a_memory_in_text_and_why) {
    struct command c = expect_success("$W estimate memory --bits 24 --tech osu018");
    cr_expect(strstr(c.out, "1 words of 24 bits") && strstr(c.out, "flip-flops, the smaller"), "%s",
              c.out);
    c = expect_success("$W estimate memory --bytes 4096 --why area_mm2");
    cr_expect(strstr(c.out, "area_bit * 32768 [bits]") && strstr(c.out, "ISSCC 2017"), "%s", c.out);
    for (size_t i = 0; i < 6; i++) { // every node has an answer from a bit to 64 MB
        static const int NODES[] = {7, 22, 32, 45, 130, 180};
        c = expect_success("$W estimate memory --bits 1 --node %d && $W estimate memory --bytes "
                           "67108864 --word-bits 4096 --node %d --ports 1RW1R",
                           NODES[i], NODES[i]);
        cr_expect(strstr(c.out, "1 words of 1 bits") && strstr(c.out, "536870912 bits"), "%s",
                  c.out);
    }
    c = expect_success("$W estimate memory --bytes 67108864 --node 22");
    cr_expect(strstr(c.out, "536870912 bits"), "%s", c.out);
}

Test(estimate, the_errors_at_known_memories) {
    struct command c = expect_success("$W estimate points -r $T/r && cat $T/r/memory.md "
                                      "$T/r/memory.json");
    cr_expect(strstr(c.out, "| cacti | 22 nm | hp | 20 |") && strstr(c.out, "| ihp | 130 nm |"),
              "%s", c.out);
    json_t *root = json_of("$W estimate points --json"), *row;
    size_t i;
    cr_expect_eq(json_array_size(json_object_get(root, "errors")), 5u);
    json_array_foreach(json_object_get(root, "errors"), i, row) {
        cr_expect(number(json_object_get(row, "area_mm2"), "worst") < 0.25);
    }
    json_decref(root);
}

Test(estimate, a_memory_that_is_none) {
    static const struct {
        const char *arguments, *word, *other;
    } CASES[] = {
        {"--bytes 0", "--bytes", "'0'"},
        {"--bytes -5", "--bytes", "'-5'"},
        {"--bytes nan", "--bytes", "'nan'"},
        {"--bytes 1e6", "--bytes", "'1e6'"},
        {"--bytes 2KB", "--bytes", "'2KB'"},
        {"--bytes 67108865", "--bytes", "67108864"},
        {"--bytes 99999999999999999999999", "--bytes", "67108864"},
        {"--bits ''", "--bits", "''"},
        {"--bits 536870913", "--bits", "536870912"},
        {"--bytes 64 --word-bits 0", "--word-bits", "'0'"},
        {"--bytes 64 --word-bits 4097", "--word-bits", "4096"},
        {"--bytes 64 --word-bits 100", "512 bits", "words of 100 bits"},
        {"--bytes 1 --word-bits 32", "8 bits", "words of 32 bits"},
        {"--bytes 64 --ports 2RW", "--ports", "1RW, 1RW1R"},
        {"--bytes 64 --node 28", "28nm", "22nm"},
        {"--bytes 64 --node 0", "--node", "'0'"},
        {"--bytes 64 --node nan", "--node", "'nan'"},
        {"--bytes 64 --tech 7", "technology 7", "asap7"},
        {"--bytes 64 --tech ../tech/7nm", "technology", "asap7"},
        {"--bytes 64 --device fast", "--device", "hp, lstp, typical"},
        {"--bytes 64 --node 7 --device hp", "7nm", "only typical"},
        {"--bytes 64 --why cost", "--why", "access_ns"},
        {"--bytes 64 --tech-dir $T/none", "/none", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char line[200];
        snprintf(line, sizeof line, "$W estimate memory %s", CASES[i].arguments);
        expect_refused(line, CASES[i].word, CASES[i].other);
    }
    expect_refused("echo x >$T/p.csv; $W estimate points -p $T/p.csv", "line 1", "header");
    expect_refused("head -8 data/tech/sram/points.csv >$T/p.csv; echo cacti,22 >>$T/p.csv; "
                   "$W estimate points -p $T/p.csv",
                   "line 9", NULL);
}

Test(estimate, the_logic_of_a_block) {
    // Synthesis: 3 flip-flops more for 3 bits more.
    json_t *few = json_of("$W estimate logic --block code_pack --param WIDTH=6 --json"),
           *more =
               json_of("$W estimate logic --block code_pack --param WIDTH=9 --lib osu018 --json");
    cr_expect_float_eq(number(more, "flip_flops") - number(few, "flip_flops"), 3, 0.1);
    cr_expect(number(more, "ge") > number(few, "ge"));
    cr_expect_float_eq(number(few, "area_um2"), 24 * number(few, "ge"), 1);
    cr_expect_eq(number(json_object_get(few, "parameters"), "WIDTH"), 6);
    json_decref(few);
    json_decref(more);
    struct command c = expect_success("$W estimate logic --block code_pack --why");
    cr_expect(strstr(c.out, "code_pack WIDTH=5 in osu018_stdcells") && strstr(c.out, "* 5") &&
                  strstr(c.out, "bits of a code: WIDTH"),
              "%s", c.out);
}

Test(estimate, logic_that_is_none) {
    static const struct {
        const char *arguments, *word, *other;
    } CASES[] = {
        {"--block code_park", "no block code_park", "code_pack"},
        {"--block code_pack --lib osu350", "no library osu350", "osu018"},
        {"--block code_pack --param WIDTH=10", "WIDTH of code_pack is 10", "4 to 9"},
        {"--block code_pack --param BITS=5", "no parameter BITS", "WIDTH"},
        {"--block code_pack --param WIDTH=5 --param WIDTH=6", "WIDTH", "twice"},
        {"--block code_pack --param WIDTH", "'WIDTH'", "NAME=WHOLE NUMBER"},
        {"--block code_pack --param WIDTH=5x", "'WIDTH=5x'", "NAME=WHOLE NUMBER"},
        {"--block code_pack --param WIDTH=", "'WIDTH='", "NAME=WHOLE NUMBER"},
        {"--block code_pack --param =5", "no parameter", "WIDTH"},
        {"--block code_pack --logic-dir $T/none", "/none", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char line[200];
        snprintf(line, sizeof line, "$W estimate logic %s", CASES[i].arguments);
        expect_refused(line, CASES[i].word, CASES[i].other);
    }
}

// ---- a chip -------------------------------------------------------------------------------------

static const json_t *row_of(const json_t *root, const char *table, const char *name,
                            const char *kind) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(root, table), i, row) {
        if (!strcmp(json_string_value(json_object_get(row, "name")), name) &&
            (!kind || !strcmp(json_string_value(json_object_get(row, "kind")), kind))) {
            return row;
        }
    }
    cr_assert_fail("%s has no %s", table, name);
    return NULL;
}

Test(estimate, totals_are_the_sums_of_the_rows) {
    static const char *const BANDS[][2] = {{"", "typical"}, {"_low", "low"}, {"_high", "high"}};
    json_t *root = json_of("$W estimate -m mamba2-1.3b --tech 22nm --json");
    for (size_t b = 0; b < 3; b++) {
        double area = 0, energy = 0;
        size_t i;
        json_t *row;
        char key[40];
        for (size_t t = 0; t < 2; t++) {
            json_array_foreach(json_object_get(root, t ? "logic" : "memories"), i, row) {
                snprintf(key, sizeof key, "area_mm2%s", BANDS[b][0]);
                area += number(row, key);
                snprintf(key, sizeof key, "token_nj%s", BANDS[b][0]);
                energy += number(row, key);
            }
        }
        cr_expect_float_eq(number(row_of(root, "totals", "area", "mm2"), BANDS[b][1]) / area, 1,
                           1e-6);
        cr_expect_float_eq(
            number(row_of(root, "totals", "energy", "nJ/token"), BANDS[b][1]) / energy, 1, 1e-6);
    }
    json_decref(root);
}

// A state of 24 layers x 1536 x 16 in FP32, one read and one write an update.
Test(estimate, a_configuration) {
    expect_success(
        "printf 'model: mamba-130m\\nresident: double-buffered\\nlanes: 16\\ntech: 45nm\\n"
        "device: lstp\\n' >$T/c.yaml");
    json_t *root = json_of("$W estimate -c $T/c.yaml --json");
    const json_t *state = row_of(root, "memories", "state", "SRAM");
    cr_expect_eq(number(state, "instances"), 2 * 16);
    cr_expect_eq(number(state, "words"), 1536.0 * 16 / 16);
    cr_expect_eq(number(state, "reads"), 1536 * 16);
    double energy = 24576 * (number(state, "read_pj") + number(state, "write_pj")) * 24 / 1000;
    cr_expect_float_eq(number(state, "token_nj") / energy, 1, 1e-6);
    cr_expect(number(row_of(root, "totals", "DRAM", "KiB/token"), "typical") > 0);
    json_decref(root);
}

// Tables of 8 x 4 x 4 in 56 layers, by hand: 32 head bounds of 5 bits, 128 of 7, 128 times the six
// words of two scales; an index of 4 bits a channel instead of the bounds.
Test(estimate, lookups_side_by_side) {
    json_t *root = json_of("$W estimate -m mamba2-8b --json");
    cr_expect_eq(number(row_of(root, "lookups", "sequential", NULL), "bits"),
                 56 * (32 * 5 + 128 * 7 + 128 * 6 * 32));
    cr_expect_eq(number(row_of(root, "lookups", "lut", NULL), "bits"),
                 56 * (8192 * 4 + 128 * 6 * 32));
    cr_expect(number(row_of(root, "lookups", "lut", NULL), "area_mm2") >
              number(row_of(root, "lookups", "cursor", NULL), "area_mm2"));
    cr_expect_eq(number(row_of(root, "lookups", "sequential", NULL), "cycles"), 7);
    json_decref(root);
    cr_expect(!strstr(expect_success("$W estimate -m mamba-130m").out, "Lookups"));
}

// 16 states in 16 lanes take a channel a cycle, the sequential search one in 7: the last of 8192 is
// asked for in the last of 7 * 8192 cycles, of which the engine does not count the 6 before it
// takes the first, and found in the next; 19 of the front end, 2 * 16 + 38 of the lanes and the
// back end and 16 results follow (docs/engines.md). The convolution waits for the same channels,
// not for B and C: 8192 + 2 * 8 * 16 of them and 29 more cycles.
Test(estimate, the_sequential_lookup_waits_at_every_channel) {
    expect_success("printf 'model: mamba2-8b\nd_state: 16\nlanes: 16\nlookup: sequential\n' "
                   ">$T/c.yaml");
    json_t *root = json_of("$W estimate -c $T/c.yaml --json");
    cr_expect_eq(number(row_of(root, "engines", "scan_engine", NULL), "cycles"),
                 7 * 8192 - 6 + 1 + 19 + 2 * 16 + 38 + 16);
    cr_expect_eq(number(row_of(root, "engines", "conv_engine", NULL), "cycles"),
                 8192 + 2 * 8 * 16 + 29 + 1 + 6 * 8192);
    json_decref(root);
}

Test(estimate, every_format_of_a_chip_and_why) {
    struct command c = expect_success("$W estimate -m mamba-130m");
    cr_expect(strstr(c.out, "conv history") && strstr(c.out, "scan_engine") &&
              strstr(c.out, "Totals"));
    c = expect_success("$W estimate -m mamba-130m --markdown");
    cr_expect(strstr(c.out, "## Totals") && strstr(c.out, "| state | SRAM |"));
    c = expect_success("$W estimate -m mamba-130m --csv");
    cr_expect(strstr(c.out, "table,name,kind,instances") &&
              strstr(c.out, "\nlogic,\"conv_engine\""));
    c = expect_success("$W estimate -m mamba-130m --why state");
    cr_expect(strstr(c.out, "read_pj = (") && strstr(c.out, "24576 reads"), "%s", c.out);
    c = expect_success("$W estimate -m mamba-130m --why time");
    cr_expect(strstr(c.out, "24 without * 1565) *"), "%s", c.out); // 1536 + 29
    c = expect_success("$W estimate -m mamba-130m --why DRAM");
    cr_expect(strstr(c.out, "DRAM = 0 bits") && strstr(c.out, "pJ/bit"), "%s", c.out);
    c = expect_success("$W estimate -m mamba-130m --why leakage");
    cr_expect(strstr(c.out, "\n  state ") && strstr(c.out, "leakage energy = leakage * time"));
    c = expect_success("$W estimate -m mamba-130m --why idle");
    cr_expect(strstr(c.out, "conv_engine 37560, scan_engine") &&
                  strstr(c.out, "\n  4 *  scan_lane "),
              "%s", c.out);
    c = expect_success("$W estimate -m mamba-130m --why scan_lane");
    cr_expect(strstr(c.out, "scan_lane of scan_engine: 4 of") && strstr(c.out, "* 24576 (state"),
              "%s", c.out);
}

Test(estimate, a_chip_that_is_none) {
    static const struct {
        const char *arguments, *word, *other;
    } CASES[] = {
        {"-m gpt-2", "gpt-2", "mamba2-8b"},
        {"-m mamba-130m --tech 28nm", "28nm", "22nm"},
        {"-m mamba-130m --device warm", "--device", "warm"},
        {"-m mamba-130m --device hp", "7nm has no device hp", NULL},
        {"-m mamba-130m --why index", "--why", "conv history"},
        {"-m mamba-130m --why colour", "--why", "scan_lane"},
        {"-m mamba-130m --models $T/none.yaml", "none.yaml", NULL},
        {"-c $T/none.yaml", "none.yaml", NULL},
        {"claims -c $T/none.json", "none.json", NULL},
        {"claims -c data/chips.yaml", "chips.yaml", NULL},
        {"claims -r $T/no/r", "no/r", NULL},
        {"claims --from $T/none", "none/modes.json", NULL},
        {"schemes -m mamba-130m", "mamba-130m", "no heads"},
        {"schemes --tech 28nm", "28nm", "22nm"},
        {"schemes --modes data/design_notes_claims.json", "claims.json", "no row of int8"},
        {"report -r $T/no/r", "no/r", NULL},
        {"report --sweep $T/none.yaml", "none.yaml", NULL},
        {"points -r $T/no/r", "no/r", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char line[200];
        snprintf(line, sizeof line, "$W estimate %s", CASES[i].arguments);
        expect_refused(line, CASES[i].word, CASES[i].other);
    }
    // 12 heads in each of 8 groups: a model, but no chip with a table
    expect_success("sed 's/d_inner: 8192/d_inner: 6144/' data/models.yaml >$T/m.yaml");
    expect_refused("$W estimate -m mamba2-8b --models $T/m.yaml", "lookup is cursor", "12 heads");
    expect_refused("$W estimate claims --models $T/m.yaml", "lookup is sequential", "12 heads");
    expect_refused(
        "printf 'model: mamba-130m\\ncolour: red\\n' >$T/c.yaml; $W estimate -c $T/c.yaml",
        "c.yaml: unexpected key 'colour' (near line 2)", NULL);
}

// What the notes' own constants give is what the notes state, to their rounding.
Test(estimate, the_design_notes_figures_are_reproduced) {
    json_t *claims = json_of("$W estimate claims --json"), *claim;
    size_t i, worked_out = 0;
    json_array_foreach(claims, i, claim) {
        const json_t *notes = json_object_get(claim, "notes");
        if (json_is_number(notes)) {
            double stated = number(claim, "value"), made = json_number_value(notes);
            cr_expect(made > 0.96 * stated && made < 1.04 * stated,
                      "%s: %g is stated, %g comes out",
                      json_string_value(json_object_get(claim, "id")), stated, made);
            worked_out++;
        }
    }
    cr_expect_eq(i, 43u);
    cr_expect_geq(worked_out, 25u);
    json_array_foreach(claims, i, claim) { // each has a figure of ours, its source and a verdict
        const char *id = json_string_value(json_object_get(claim, "id"));
        double ours = number(claim, "ours");
        cr_expect(number(claim, "ours_low") <= ours && ours <= number(claim, "ours_high"), "%s",
                  id);
        cr_expect(*json_string_value(json_object_get(claim, "source")), "%s", id);
        cr_expect(*json_string_value(json_object_get(claim, "verdict")), "%s", id);
    }
    json_decref(claims);
    struct command c = expect_success("$W estimate claims -r $T/r && cat $T/r/claims.json");
    cr_expect(strstr(c.out, "| area of these tables | mm2 | 2.88 | 2.88 |") &&
              strstr(c.out, "index_area_parallel"));
}

static const json_t *claim_of(const json_t *claims, const char *id) {
    size_t i;
    const json_t *claim;
    json_array_foreach((json_t *)claims, i, claim) {
        if (!strcmp(json_string_value(json_object_get(claim, "id")), id)) {
            return claim;
        }
    }
    cr_assert_fail("there is no claim %s", id);
    return NULL;
}

// By hand: 2 * (d_inner of mamba2-2.7b) KiB of a LUT; 6 compares; 5 bits of 8; 8 x 4 x 4 x 128 FP32
// scales of states; a claim of 40 mm2 a MB is 2.88 mm2, many times any SRAM at 7 nm.
Test(estimate, verdicts_by_hand) {
    static const struct {
        const char *id;
        double ours;
        const char *verdict;
    } CASES[] = {
        {"lut_area", 5120 * 4 / 1024.0, "reproduced; 1/5.00 of ours"},
        {"compares_worst", 6, "assumed; 4.00 times ours"},
        {"traffic_saving", 37.5, "reproduced; 1.33 times ours"},
        {"state_scales", 8 * 4 * 4 * 128 * 4, "assumed; ours is 6.55e+04"},
        {"index_bytes_layer", 1152, "reproduced; holds"},
        {"hybrid_saving", 50, "reproduced; holds"},
        {"mode2_diff", 0, "assumed; holds"},
    };
    json_t *claims = json_of("$W estimate claims --json");
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const json_t *claim = claim_of(claims, CASES[i].id);
        cr_expect_float_eq(number(claim, "ours"), CASES[i].ours, 1e-3, "%s", CASES[i].id);
        cr_expect_str_eq(json_string_value(json_object_get(claim, "verdict")), CASES[i].verdict);
    }
    cr_expect(number(claim_of(claims, "index_area"), "ours") < 0.1);
    json_decref(claims);
}

// A claim that a report cannot answer is refused, and so is a path that leads nowhere.
Test(estimate, a_claim_that_a_report_does_not_answer) {
    expect_success("sed 's|/costs/form=comparator_32/ge_logic|/costs/form=comparator_31/ge|' "
                   "data/design_notes_claims.json >$T/c.json");
    expect_refused("$W estimate claims -c $T/c.json -r $T/out/r", "comparator_31",
                   "gates_comparator32");
    expect_success("sed 's|comparator_32/ge_logic|comparator_32/form|' "
                   "data/design_notes_claims.json >$T/c.json");
    expect_refused("$W estimate claims -c $T/c.json", "no number", "gates_comparator32");
}

// Tables of 8 x 4 x 4 as above, six words a scale where there are two; rotations of 8192 = 2^13
// channels take 2^13 - 1 + 13 cycles to the first.
Test(estimate, schemes_side_by_side) {
    json_t *root = json_of("$W estimate schemes --json");
    const json_t *cursor = row_of(root, "schemes", "cursor", NULL);
    cr_expect_eq(json_array_size(json_object_get(root, "schemes")), 9u);
    cr_expect_eq(number(row_of(root, "schemes", "Quamba1", NULL), "table_bits"), 32);
    cr_expect_eq(number(row_of(root, "schemes", "Quamba2 sequential", NULL), "table_bits"),
                 32 * 5 + 128 * 7 + 128 * 32);
    cr_expect_eq(number(row_of(root, "schemes", "W4A5-SE, cursor", NULL), "table_bits") -
                     number(cursor, "table_bits"),
                 128 * 5 * 32);
    cr_expect_eq(number(row_of(root, "schemes", "rotation, FP32", NULL), "first_cycles"),
                 8191 + 3 * 13);
    cr_expect_eq(number(row_of(root, "schemes", "Quamba2 sequential", NULL), "channel_cycles"), 7);
    cr_expect_eq(number(row_of(root, "schemes", "W4A5-SE", NULL), "code_bits"), 5);
    cr_expect_eq(number(row_of(root, "schemes", "Quamba2 parallel", NULL), "notes_mm2"), 4.32);
    cr_expect(json_is_null(json_object_get(cursor, "notes_mm2")));
    cr_expect(number(row_of(root, "schemes", "W4A5-SE", NULL), "area_mm2") <
              0); // codes are smaller
    json_decref(root);
}

// The page needs no other file.
Test(estimate, the_report_is_whole) {
    expect_success("$W estimate report -r $T/r");
    struct command c = expect_success("cat $T/r/index.html");
    cr_expect(strstr(c.out, "<!DOCTYPE html>") && strstr(c.out, "</html>") &&
              strstr(c.out, "data:image/svg+xml;base64,"));
    cr_expect(!strstr(c.out, "http") && !strstr(c.out, "<script") && !strstr(c.out, "<link"));
    c = expect_success("cat $T/r/estimates.md; ls $T/r");
    cr_expect(strstr(c.out, "## The design notes' claims") && strstr(c.out, "| cursor |") &&
              strstr(c.out, "| Quamba2 sequential |") && strstr(c.out, "chips.csv"));
    json_t *root = json_of("cat $T/r/estimates.json");
    size_t i, k;
    json_t *row;
    json_array_foreach(json_object_get(root, "shares"), i, row) { // of each, all is 100 %
        double sum = 0;
        const char *key;
        json_t *value;
        json_object_foreach(row, key, value) {
            sum += json_is_number(value) && strcmp(key, "all") ? json_number_value(value) : 0;
        }
        cr_expect_float_eq(sum, 100, 1e-6);
    }
    cr_expect_eq(i, 10u);
    k = json_array_size(json_object_get(json_object_get(root, "mamba2-8b"), "storage"));
    cr_expect_eq(k, 10u);
    json_decref(root);
}

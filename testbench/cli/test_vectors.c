// SPDX-License-Identifier: Apache-2.0
// `vectors` and `check`: what is right passes, and every kind of corruption is found and placed.
#include "command.h"
#include "files.h"

#include <criterion/criterion.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(vectors, .init = scratch_begin, .fini = scratch_end);

static const struct {
    const char *name, *in;
    const char *outs[4];
} blocks[] = {
    {"fp32_mul", "a", {"result", "flags"}},
    {"fp32_from_int", "int", {"result", "flags"}},
    {"fp32_to_int", "value", {"int", "flags"}},
    {"quantizer", "value", {"code"}},
    {"scale_mux", "code", {"value"}},
    {"scale_mux_pow2", "code", {"value", "int"}},
    {"code_pack", "code", {"word", "bytes", "last"}},
    {"code_unpack", "word", {"code", "last"}},
    {"mac_code_split", "q", {"acc1", "acc2"}},
};
enum { BLOCKS = sizeof blocks / sizeof *blocks };

static void write_vectors(size_t b) {
    put_text("c.yaml", "code_bits: 4\nbase1: -6\ns1: 0.07\nratio: 8\nthr_pos: 0.7\nthr_neg: 0.5\n");
    struct command c = expect_success(
        "rm -rf $T/v $T/o; $W vectors %s -c $T/c.yaml -o $T/v --count 300 --packet 12",
        blocks[b].name);
    cr_expect(!*c.err && count_lines(c.out) == 1, "%s: prints %s%s", blocks[b].name, c.out, c.err);
}

// OUTPUTS as somebody else's simulation would leave them.
static void copy_outputs(void) {
    expect_success("rm -rf $T/o; mkdir $T/o; cp $T/v/*_o.hex $T/o");
}

Test(vectors, each_block_passes_its_own) {
    for (size_t b = 0; b < BLOCKS; b++) {
        write_vectors(b);
        struct command c = expect_success("$W check $T/v");
        cr_expect(strstr(c.out, blocks[b].name) && strstr(c.out, "all equal"), "%s", c.out);
        copy_outputs();
        expect_success("$W check $T/v $T/o");
        // The same as .npy
        expect_success("rm $T/o/*; cp $T/v/*_o.npy $T/o; $W check $T/v $T/o");
        // What $writememh adds: addresses, comments, upper case.
        copy_outputs();
        expect_success("for f in $T/o/*; do tr a-f A-F <$f | sed '1i // 0x00000000' >$T/x; "
                       "mv $T/x $f; done; $W check $T/v $T/o");
        // The same seed gives the same files, another one others.
        expect_success("$W vectors %s -c $T/c.yaml -o $T/w --count 300 --packet 12; "
                       "diff -r $T/v $T/w && rm -r $T/w",
                       blocks[b].name);
        expect_success("$W vectors %s -c $T/c.yaml -o $T/w --count 300 --packet 12 --seed 2; "
                       "! cmp -s $T/v/%s_i.hex $T/w/%s_i.hex; rm -r $T/w",
                       blocks[b].name, blocks[b].in, blocks[b].in);
        expect_success("$W check --trace $T/x.fst $T/v; fst2vcd $T/x.fst 2>&1 | grep -q %s_o",
                       blocks[b].outs[0]);
    }
}

static char *upper(const char *text) {
    char *copy = strdup(text);
    for (char *c = copy; *c; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    return copy;
}

// The lowest bit of the word in the 0-based beat flips; returns the old and the new word.
static void flip_bit(const char *file, size_t beat, char **was, char **is) {
    char *line = get_line(file, beat + 1), flipped[16];
    size_t last = strlen(line) - 1;
    unsigned digit = (unsigned)strtoul(line + last, NULL, 16) ^ 1;
    snprintf(flipped, sizeof flipped, "%.*s%x", (int)last, line, digit);
    put_line(file, beat + 1, flipped);
    *was = upper(line);
    *is = upper(flipped);
}

static void expect_divergence(const char *line, size_t b, const char *port, size_t beat,
                              const char *expected, const char *got, const char *model) {
    char place[64], expects[64], gets[64];
    struct command c = command("%s", line);
    snprintf(place, sizeof place, "output beat %zu", beat);
    snprintf(expects, sizeof expects, "expected  %-8s 0x%s", port, expected);
    snprintf(gets, sizeof gets, "got       %-8s 0x%s", port, got);
    cr_expect(c.status == 1, "%s: status %d", blocks[b].name, c.status);
    cr_expect(!strstr(c.out, "equal"), "%s: prints %s", blocks[b].name, c.out);
    cr_expect(strstr(c.err, blocks[b].name) && strstr(c.err, place) && strstr(c.err, expects) &&
                  strstr(c.err, gets) && strstr(c.err, model),
              "%s, beat %zu: '%s' and '%s' and '%s' not in\n%s", blocks[b].name, beat, expects,
              gets, model, c.err);
}

Test(vectors, one_flipped_bit_is_found_and_placed) {
    static const size_t beats[] = {0, 1, 17};
    for (size_t b = 0; b < BLOCKS; b++) {
        write_vectors(b);
        for (int p = 0; blocks[b].outs[p]; p++) {
            for (size_t k = 0; k < 3; k++) {
                const char *port = blocks[b].outs[p];
                char golden[32], result[32], *was, *is;
                snprintf(golden, sizeof golden, "v/%s_o.hex", port);
                snprintf(result, sizeof result, "o/%s_o.hex", port);
                copy_outputs();
                flip_bit(result, beats[k], &was, &is);
                expect_divergence("$W check $T/v $T/o", b, port, beats[k], was, is,
                                  "what the vectors expect");
                flip_bit(golden, beats[k], &is, &was);
                expect_divergence("$W check $T/v", b, port, beats[k], was, is,
                                  "the vectors are not what was written");
                flip_bit(golden, beats[k], &is, &was);
            }
        }
    }
}

Test(vectors, the_last_beat_counts_too) {
    for (size_t b = 0; b < BLOCKS; b++) {
        char result[32], *was, *is;
        write_vectors(b);
        copy_outputs();
        snprintf(result, sizeof result, "o/%s_o.hex", blocks[b].outs[0]);
        size_t last = count_lines(get_file(result, NULL)) - 1;
        flip_bit(result, last, &was, &is);
        expect_divergence("$W check $T/v $T/o", b, blocks[b].outs[0], last, was, is, "");
    }
}

Test(vectors, outputs_that_are_not_such_are_refused) {
    static const struct {
        const char *damage, *word;
    } damages[] = {
        {"sed -i '5s/.$/x/' $T/o/%s_o.hex", "line 5"},
        {"sed -i '5s/^.*$/xx/' $T/o/%s_o.hex", "line 5"},
        {"sed -i '5s/^./z/' $T/o/%s_o.hex", "line 5"},
        {"sed -i '5s/^/1234567/' $T/o/%s_o.hex", "line 5"},
        {"sed -i '5s/^/-/' $T/o/%s_o.hex", "line 5"},
        {"sed -i '$d' $T/o/%s_o.hex", "_o.hex"},
        {"sed -i '2d' $T/o/%s_o.hex", "_o.hex"},
        {"echo 0 >>$T/o/%s_o.hex", "_o.hex"},
        {": >$T/o/%s_o.hex", "_o.hex"},
        {"rm $T/o/%s_o.hex", "_o.hex"},
        {"rm $T/o/%s_o.hex; echo text >$T/o/%1$s_o.npy", "_o.npy"},
        {"rm $T/o/%s_o.hex; head -c 100 $T/v/%1$s_o.npy >$T/o/%1$s_o.npy", "_o.npy"},
    };
    for (size_t b = 0; b < BLOCKS; b++) {
        write_vectors(b);
        for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
            for (int p = 0; blocks[b].outs[p]; p++) {
                char damage[160];
                copy_outputs();
                // `%1$s` beside `%s` is not C: both are replaced by sed.
                snprintf(damage, sizeof damage, "%s", damages[i].damage);
                put_text("damage", damage);
                expect_success("sed 's/%%s/%s/g; s/%%1[$]s/%s/g' $T/damage >$T/damage.sh; "
                               ". $T/damage.sh; rm $T/damage $T/damage.sh",
                               blocks[b].outs[p], blocks[b].outs[p]);
                expect_refused("$W check $T/v $T/o", blocks[b].outs[p], damages[i].word);
            }
        }
        copy_outputs(); // one port as .npy beside the others as .hex
        expect_success("rm $T/o/%s_o.hex; cp $T/v/%s_o.npy $T/o; $W check $T/v $T/o",
                       blocks[b].outs[0], blocks[b].outs[0]);
        // An .npy with one wrong byte, the first of its data
        expect_success("rm -f $T/o/%s_o.hex; printf '\\377' | "
                       "dd of=$T/o/%s_o.npy bs=1 seek=128 conv=notrunc status=none",
                       blocks[b].outs[0], blocks[b].outs[0]);
        struct command c = command("$W check $T/v $T/o");
        cr_expect(c.status == 1 && *c.err, "%s: status %d %s", blocks[b].name, c.status, c.out);
    }
    expect_refused("$W check $T/v $T/nosuch", "nosuch", NULL);
}

Test(vectors, a_damaged_stimulus_is_refused) {
    for (size_t b = 0; b < BLOCKS; b++) {
        write_vectors(b);
        expect_success("sed -i '$d' $T/v/%s_i.hex", blocks[b].in);
        expect_refused("$W check $T/v", blocks[b].in, "_i.hex");
        expect_success("rm $T/v/%s_i.hex; $W check $T/v", blocks[b].in); // the .npy is still there
        expect_success("rm $T/v/%s_i.npy", blocks[b].in);
        expect_refused("$W check $T/v", blocks[b].in, "_i.hex");
    }
}

struct damage {
    const char *sed, *word;
};

static void expect_damages_refused(const char *line, size_t n, const struct damage *damages) {
    for (size_t i = 0; i < n; i++) {
        expect_success("cp $T/v/manifest.json $T/kept; sed -zi '%s' $T/v/manifest.json; "
                       "! cmp -s $T/kept $T/v/manifest.json",
                       damages[i].sed);
        expect_refused(line, damages[i].word, NULL);
        expect_success("mv $T/kept $T/v/manifest.json");
    }
}

Test(vectors, a_damaged_manifest_is_refused) {
    static const struct damage damages[] = {
        {"s/{//", "manifest.json"},
        {"s/}[^}]*$//", "manifest.json"},
        {"s/.*/[]/", "manifest.json"},
        {"s/.*//", "manifest.json"},
        {"s/\"block\"/\"module\"/", "block"},
        {"s/\"quantizer\"/\"adder\"/", "adder"},
        {"s/\"quantizer\"/7/", "manifest.json"},
        {"s/\"width\": 4/\"width\": 9/", "9"},
        {"s/\"width\": 4/\"width\": \"4\"/", "manifest.json"},
        {"s/\"beats_in\": 300/\"beats_in\": 0/", "beats_in"},
        {"s/\"beats_in\": 300/\"beats_in\": -1/", "beats_in"},
        {"s/\"beats_in\": 300/\"beats_in\": 4611686018427387904/", "beats_in"},
        {"s/\"beats_in\": 300/\"beats_in\": 299/", "value_i.hex"},
        {"s/\"beats_in\": 300/\"beats_in\": 301/", "value_i.hex"},
        {"s/\"beats_out\": 300/\"beats_out\": 0/", "beats_out"},
        {"s/\"beats_out\": 300/\"beats_out\": 299/", NULL},
        {"s/\"beats_out\": 300/\"beats_out\": 301/", NULL},
        {"s/\"beats_out\": 300//", "manifest.json"},
        {"s/\"config\"/\"settings\"/", "config"},
        {"s/\"config\": \\[/\"config\": [7, /", "config"},
        {"s/\"config\": .*\"inputs\"/\"config\": [], \"inputs\"/", "config"},
        {"s/\"name\": \"inv_s1\"/\"name\": \"scale\"/", "inv_s1"},
        {"s/\"value\": \"[^\"]*\"/\"value\": \"xyz\"/", "thr_pos"},
        {"s/\"value\": \"[^\"]*\"/\"value\": \"123456789\"/", "thr_pos"},
        {"s/\"value\": \"[^\"]*\"/\"value\": 5/", "thr_pos"},
    };
    write_vectors(3);
    copy_outputs();
    expect_damages_refused("$W check $T/v", sizeof damages / sizeof *damages, damages);
    expect_damages_refused("$W check $T/v $T/o", sizeof damages / sizeof *damages, damages);
    expect_success("rm $T/v/manifest.json");
    expect_refused("$W check $T/v", "manifest.json", NULL);
}

// Beats in and out that cannot belong together: nothing to compare the surplus with.
Test(vectors, a_manifest_whose_beats_do_not_fit_is_refused) {
    write_vectors(3);
    copy_outputs();
    expect_success("sed -i 's/\"beats_in\": 300/\"beats_in\": 4/' $T/v/manifest.json; "
                   "sed -i '5,$d' $T/v/value_i.hex");
    expect_refused("$W check $T/v", NULL, NULL);
    expect_refused("$W check $T/v $T/o", NULL, NULL);
}

Test(vectors, a_packet_length_that_cannot_be_is_refused) {
    static const struct damage damages[] = {
        {"s/\"value\": \"0000000c\"/\"value\": \"00000000\"/", NULL},
        {"s/\"value\": \"0000000c\"/\"value\": \"ffffffff\"/", NULL},
        {"s/\"value\": \"0000000c\"/\"value\": \"0000000b\"/", NULL},
    };
    char *was, *is;
    write_vectors(7);
    copy_outputs();
    flip_bit("o/code_o.hex", 0, &was, &is);
    expect_damages_refused("$W check $T/v", sizeof damages / sizeof *damages, damages);
    expect_damages_refused("$W check $T/v $T/o", 2, damages);
}

Test(vectors, activations_and_codes_from_files) {
    const float values[6] = {0.07f, -0.07f, 5, -5, 0, 0.7f};
    const uint8_t codes[24] = {0, 31, 16, 15, 1, 2, 3, 4, 5, 6, 7, 8};
    put_text("c.yaml", "code_bits: 4\ns1: 0.5\nratio: 4\nthr_pos: 3.75\nthr_neg: 4.25\n");
    put_npy("v.npy", "<f4", "False", "(2, 3)", sizeof values, values);
    put_npy("codes.npy", "|u1", "False", "(2, 12)", sizeof codes, codes);
    expect_success("$W vectors quantizer -c $T/c.yaml -i $T/v.npy -o $T/v && $W check $T/v");
    // 5 / 2 = 2.5 -> 3 and the flag; -5 likewise -3; 0.7 * 2 = 1.4 -> 1
    cr_expect_str_eq(get_file("v/code_o.hex", NULL), "00\n00\n13\n1d\n00\n01\n");
    cr_expect_str_eq(get_file("v/value_i.hex", NULL),
                     "3d8f5c29\nbd8f5c29\n40a00000\nc0a00000\n00000000\n3f333333\n");
    expect_success("$W vectors scale_mux -c $T/c.yaml -i $T/codes.npy -o $T/v && $W check $T/v");
    cr_expect_str_eq(get_line("v/value_o.hex", 2), "c0000000"); // 31: -1 * s2 = -2
    cr_expect_str_eq(get_line("v/value_o.hex", 4), "bf000000"); // 15: -1 * s1 = -0.5
    expect_success("$W vectors code_pack --packet 8 -c $T/c.yaml -i $T/codes.npy -o $T/v && "
                   "$W check $T/v");
    // 00 1F 10 0F 01 02: 00000 11111 10000 01111 00001 00010 and the low bits of 03
    cr_expect_str_eq(get_line("v/word_o.hex", 1), "c417c3e0");
    cr_expect_str_eq(get_line("v/bytes_o.hex", 1), "4");
    cr_expect_str_eq(get_line("v/bytes_o.hex", 2), "1");
    cr_expect_str_eq(get_line("v/last_o.hex", 2), "1");
    expect_success("$W vectors code_unpack --packet 8 -c $T/c.yaml -i $T/codes.npy -o $T/v && "
                   "$W check $T/v");
    cr_expect_str_eq(get_line("v/word_i.hex", 1), "c417c3e0");
    cr_expect_str_eq(get_line("v/code_o.hex", 2), "1f");
}

// SPDX-License-Identifier: Apache-2.0
#include "mismatch.h"

#include "cli.h"
#include "vector_files.h"
#include "w4a5se/fp32.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Beats shown before and after the diverging one.
enum { WINDOW = 8 };

static bool is_beat_for_beat(const struct mismatch *m) {
    return se_golden_count(m->block, m->config, m->n_in, m->in) == m->n_in;
}

static void print_word(const char *label, const struct se_port *port, uint32_t word) {
    char text[CLI_WORD_TEXT];
    fprintf(stderr, "  %-9s %-8s %s\n", label, port->name, cli_word_text(text, port, word));
}

static void print_place(const struct mismatch *m) {
    const struct se_divergence *d = &m->divergence;
    fprintf(stderr, "MISMATCH in %s", m->block->name);
    if (m->block->width) {
        fprintf(stderr, " (width %d)", m->block->width);
    }
    fprintf(stderr, ": %s, ", m->subject);
    if (m->token_beats) {
        fprintf(stderr, "token %zu, %s %zu", d->beat / m->token_beats, m->unit,
                d->beat % m->token_beats);
    } else {
        fprintf(stderr, "%s %zu", m->unit, d->beat);
    }
    if (d->cycle) { // unknown of somebody else's block
        fprintf(stderr, ", cycle %llu", (unsigned long long)d->cycle);
    }
    fputc('\n', stderr);
}

void mismatch_print(const struct mismatch *m) {
    const struct se_divergence *d = &m->divergence;
    const struct se_port *out = &m->block->out[d->word];
    int in_words = se_rtl_words(m->block->in);
    print_place(m);
    for (int i = 0; i < se_rtl_words(m->block->config); i++) {
        print_word("config", &m->block->config[i], m->config[i]);
    }
    for (int i = 0; i < in_words && is_beat_for_beat(m); i++) {
        print_word("operand", &m->block->in[i], m->in[d->beat * (size_t)in_words + (size_t)i]);
    }
    print_word("expected", out, d->expected);
    print_word("got", out, d->got);
    if (out->kind == SE_PORT_F32) {
        fprintf(stderr, "  distance  %u ulp\n",
                se_f32_ulps_between(se_f32_from_bits(d->expected), se_f32_from_bits(d->got)));
    }
}

// The input beats around the divergence: neighbours where beats go in and out one for one,
// otherwise whole packets.
static void find_window(const struct mismatch *m, size_t *from, size_t *to) {
    size_t beat = m->divergence.beat;
    if (is_beat_for_beat(m)) {
        *from = beat < WINDOW ? 0 : beat - WINDOW;
        *to = beat + WINDOW + 1 < m->n_in ? beat + WINDOW + 1 : m->n_in;
        return;
    }
    int words = se_rtl_words(m->block->in);
    bool packing = words == 2; // code_pack: code and last
    size_t packet_words = packing ? 0 : se_packet_words(m->config[0], m->block->width);
    *from = 0;
    for (*to = 0; *to < m->n_in;) {
        if (packing) {
            while (!m->in[2 * (*to)++ + 1] && *to < m->n_in) {
            }
        } else {
            *to += packet_words;
        }
        if (se_golden_count(m->block, m->config, *to, m->in) > beat) {
            return;
        }
        *from = *to;
    }
}

// Runs the window with the trace on; prints whether it diverges there too, and when.
static enum se_status trace_window(const struct vectors *window, const char *directory,
                                   struct se_error *err) {
    char trace[CLI_PATH_MAX];
    struct se_divergence divergence;
    enum se_status status = cli_path(trace, directory, "window.fst", err);
    if (status == SE_OK) {
        const struct se_rtl_options options = {.trace_path = trace};
        status = se_cosim(window->block, window->config, window->n_in, window->in, &options, NULL,
                          &divergence, err);
    }
    if (status != SE_OK) {
        return status;
    }
    fprintf(stderr, "  repeat    build/w4a5se check %s\n", directory);
    fprintf(stderr, "  waveform  gtkwave --start=%llu %s testbench/waves/%s.gtkw\n",
            (unsigned long long)(divergence.found ? 10 * divergence.cycle : 0), trace,
            window->block->name);
    if (!divergence.found) {
        fprintf(stderr, "  the window alone does not diverge: what happened before it matters\n");
    }
    return SE_OK;
}

enum se_status mismatch_save(const struct mismatch *m, const char *directory,
                             struct se_error *err) {
    char path[CLI_PATH_MAX];
    size_t from, to;
    find_window(m, &from, &to);
    struct vectors window = {.block = m->block, .n_in = to - from};
    memcpy(window.config, m->config, (size_t)se_rtl_words(m->block->config) * sizeof(uint32_t));
    window.in = (uint32_t *)m->in + from * (size_t)se_rtl_words(m->block->in);
    window.n_out = se_golden_count(m->block, m->config, window.n_in, window.in);
    window.out = malloc(window.n_out * (size_t)se_rtl_words(m->block->out) * sizeof(uint32_t));
    if (!window.out) {
        return se_fail(err, SE_NO_MEMORY, "no memory for the failing window");
    }
    se_golden_stream(m->block, m->config, window.n_in, window.in, window.out);
    enum se_status status = cli_make_directory(directory, err);
    if (status == SE_OK) {
        status = cli_path(path, directory, m->block->name, err);
    }
    if (status == SE_OK) {
        status = vectors_write(path, &window, err);
    }
    if (status == SE_OK) {
        status = trace_window(&window, path, err);
    }
    free(window.out);
    return status;
}

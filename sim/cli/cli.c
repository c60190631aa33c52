// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include "w4a5se/fp32.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int cli_fail(const struct se_error *err) {
    fprintf(stderr, "w4a5se: %s\n", err->message);
    return CLI_FAILURE;
}

const char *cli_command_line(char *text, int argc, char **argv) {
    enum { SIZE = 1024 };
    size_t used = 0;
    *text = '\0';
    for (int i = 0; i < argc && used + strlen(argv[i]) + 2 < SIZE; i++) {
        used += (size_t)snprintf(text + used, SIZE - used, "%s%s", i ? " " : "", argv[i]);
    }
    for (char *c = text; *c; c++) {
        *c = isprint((unsigned char)*c) ? *c : '?';
    }
    return text;
}

double cli_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct cli_progress cli_progress_start(const char *label) {
    return (struct cli_progress){.label = label, .start = cli_seconds()};
}

void cli_progress_show(const struct cli_progress *progress, double done, double total) {
    if (!isatty(STDERR_FILENO)) {
        return;
    }
    double elapsed = cli_seconds() - progress->start;
    if (done >= total) {
        fprintf(stderr, "\r\033[K");
    } else {
        fprintf(stderr, "\r\033[K%s: %.0f %%, %.0f s left", progress->label, 100 * done / total,
                done > 0 ? elapsed / done * (total - done) : 0);
    }
    fflush(stderr);
}

void cli_progress_share(void *context, double share) {
    cli_progress_show(context, share, 1);
}

double cli_number(struct argp_state *state, const char *option, const char *text) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end) {
        argp_error(state, "%s takes a number, not '%s'", option, text);
    }
    return value;
}

unsigned long cli_count(struct argp_state *state, const char *option, const char *text) {
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno) {
        argp_error(state, "%s takes a whole number, not '%s'", option, text);
    }
    return value;
}

int cli_choice(struct argp_state *state, const char *option, const char *text,
               const char *const *choices) {
    for (int i = 0; choices[i]; i++) {
        if (!strcmp(text, choices[i])) {
            return i;
        }
    }
    argp_error(state, "%s does not know '%s'", option, text);
    return 0;
}

void cli_require(struct argp_state *state, const void *value, const char *option) {
    if (!value) {
        argp_error(state, "%s is missing", option);
    }
}

void cli_distinct(struct argp_state *state, const char *output, const char *other) {
    if (output && other && !strcmp(output, other)) {
        argp_error(state, "two outputs cannot both be %s", output);
    }
}

enum se_status cli_make_directory(const char *path, struct se_error *err) {
    struct stat st;
    if (mkdir(path, 0777) == 0 ||
        (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))) {
        return SE_OK;
    }
    return se_fail(err, SE_IO, "cannot make the directory %s: %s", path, strerror(errno));
}

enum se_status cli_path(char *path, const char *directory, const char *name, struct se_error *err) {
    if (snprintf(path, CLI_PATH_MAX, "%s/%s", directory, name) >= CLI_PATH_MAX) {
        return se_fail(err, SE_INVALID, "the path %s/%s is too long", directory, name);
    }
    return SE_OK;
}

const char *cli_word_text(char *text, const struct se_port *port, uint32_t word) {
    uint32_t mask = port->bits == 32 ? UINT32_MAX : (UINT32_C(1) << port->bits) - 1;
    int digits = (port->bits + 3) / 4;
    if (port->kind == SE_PORT_F32) {
        snprintf(text, CLI_WORD_TEXT, "0x%08X %.9g", word, (double)se_f32_from_bits(word));
    } else if (port->kind == SE_PORT_SIGNED) {
        snprintf(text, CLI_WORD_TEXT, "0x%0*X %d", digits, word & mask, (int32_t)word);
    } else {
        snprintf(text, CLI_WORD_TEXT, "0x%0*X %u", digits, word & mask, word & mask);
    }
    return text;
}

json_t *cli_json_number(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *cli_json_quantizer(const struct se_quantizer *q) {
    return json_pack("{s:i, s:i, s:f, s:f, s:o, s:o}", "base1", q->format.base1, "base2",
                     q->format.base2, "s1", (double)q->s1, "ratio", (double)q->ratio, "thr_pos",
                     cli_json_number((double)q->thr_pos), "thr_neg",
                     cli_json_number((double)q->thr_neg));
}

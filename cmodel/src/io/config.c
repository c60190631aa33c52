// SPDX-License-Identifier: Apache-2.0
#define _XOPEN_SOURCE 700

#include "w4a5se/config.h"
#include "w4a5se/file.h"

#include <cyaml/cyaml.h>

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// The values as they stand in the file; NULL where absent. They are all strings because libcyaml
// reads 4.5 as the integer 4, 010 as 8, any word as a true boolean, and no .inf.
struct values {
    char *code_bits, *dual, *base1, *base2, *s1, *ratio, *thr_pos, *thr_neg, *rule;
};

enum { REQUIRED = CYAML_FLAG_POINTER, OPTIONAL = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL };

static const cyaml_schema_field_t FIELDS[] = {
    CYAML_FIELD_STRING_PTR("code_bits", REQUIRED, struct values, code_bits, 0, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("dual", OPTIONAL, struct values, dual, 0, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("base1", OPTIONAL, struct values, base1, 0, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("base2", OPTIONAL, struct values, base2, 0, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("s1", REQUIRED, struct values, s1, 0, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("ratio", OPTIONAL, struct values, ratio, 0, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("thr_pos", OPTIONAL, struct values, thr_pos, 0, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("thr_neg", OPTIONAL, struct values, thr_neg, 0, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("rule", OPTIONAL, struct values, rule, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t SCHEMA = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct values, FIELDS),
};

// What is being read, and what libcyaml says about it: a complaint, then a backtrace.
struct reader {
    const char *path, *text;
    char complaint[200]; // its first line
    char field[20];      // the key whose value it was reading, if any
    unsigned line;       // near which, or 0
    struct se_error *err;
};

// What a hostile file says is shown on a terminal.
static void blank_controls(char *text) {
    for (; *text; text++) {
        if (iscntrl((unsigned char)*text)) {
            *text = '?';
        }
    }
}

static void hear(cyaml_log_t level, void *context, const char *format, va_list args) {
    (void)level;
    struct reader *r = context;
    char text[sizeof r->complaint];
    vsnprintf(text, sizeof text, format, args);
    size_t length = strlen(text);
    if (length && text[length - 1] == '\n') {
        text[length - 1] = '\0';
    }
    blank_controls(text);
    const char *body = strncmp(text, "Load: ", 6) == 0 ? text + 6 : text;
    const char *place = strstr(body, "(line: ");
    if (strncmp(body, "  in mapping", 12) == 0 && place) {
        sscanf(place, "(line: %u", &r->line);
        sscanf(body, "  in mapping field '%19[^']'", r->field);
    } else if (!*r->complaint && strcmp(body, "Backtrace:") != 0) {
        strcpy(r->complaint, body);
    }
}

// The line that starts with `key:`, or 0.
static unsigned line_of(const char *text, const char *key) {
    size_t length = strlen(key);
    for (unsigned line = 1; text; line++) {
        text += strspn(text, " {'\"");
        if (strncmp(text, key, length) == 0) {
            const char *after = text + length;
            if (after[strspn(after, " '\"")] == ':') {
                return line;
            }
        }
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return 0;
}

// PATH: KEY WHAT (line N)
static enum se_status refuse(const struct reader *r, const char *key, const char *what) {
    unsigned line = line_of(r->text, key);
    if (line) {
        return se_fail(r->err, SE_INVALID, "%s: %s %s (line %u)", r->path, key, what, line);
    }
    return se_fail(r->err, SE_INVALID, "%s: %s %s", r->path, key, what);
}

// PATH: KEY is 'VALUE', which is not WHAT (line N)
static enum se_status refuse_value(const struct reader *r, const char *key, const char *value,
                                   const char *what) {
    char sentence[160];
    snprintf(sentence, sizeof sentence, "is '%.40s', which is not %s", value, what);
    blank_controls(sentence);
    return refuse(r, key, sentence);
}

static enum se_status refuse_yaml(struct reader *r, cyaml_err_t reason) {
    const char *colon = strstr(r->complaint, ": ");
    const char *subject = colon ? colon + 2 : "";
    unsigned line;
    switch (reason) {
    case CYAML_ERR_OOM:
        return se_fail(r->err, SE_NO_MEMORY, "%s: not enough memory to read it", r->path);
    case CYAML_ERR_INVALID_KEY:
        line = line_of(r->text, subject);
        return se_fail(r->err, SE_INVALID, "%s: unexpected key '%s' (near line %u)", r->path,
                       subject, line ? line : r->line);
    case CYAML_ERR_MAPPING_FIELD_MISSING:
        return refuse(r, subject, "is missing");
    case CYAML_ERR_INVALID_VALUE:
        if (*r->field) {
            return refuse(r, r->field, "needs one value, not a list or a mapping");
        }
        return se_fail(r->err, SE_INVALID, "%s: not a mapping of keys to values", r->path);
    case CYAML_ERR_ALIAS:
        return refuse(r, r->field, "is a YAML alias, which is not supported");
    default:
        return se_fail(r->err, SE_INVALID, "%s: not a valid YAML mapping: %s (near line %u)",
                       r->path, *r->complaint ? r->complaint : cyaml_strerror(reason),
                       r->line ? r->line : 1);
    }
}

static enum se_status read_integer(const struct reader *r, const char *key, const char *value,
                                   int *out) {
    if (!value) {
        return SE_OK;
    }
    char *end;
    errno = 0;
    long n = strtol(value, &end, 10);
    if (end == value || *end || isspace((unsigned char)*value) || errno || n < INT_MIN ||
        n > INT_MAX) {
        return refuse_value(r, key, value, "an integer");
    }
    *out = (int)n;
    return SE_OK;
}

static enum se_status read_float(const struct reader *r, const char *key, const char *value,
                                 float *out) {
    if (!value) {
        return SE_OK;
    }
    bool negative = *value == '-';
    const char *body = value + (negative || *value == '+');
    char *end = NULL;
    float magnitude = INFINITY;
    if (isdigit((unsigned char)*body) || (*body == '.' && isdigit((unsigned char)body[1]))) {
        magnitude = strtof(body, &end);
    }
    bool number = end && !*end && isfinite(magnitude);
    if (!number && strcmp(body, ".inf") != 0 && strcmp(body, "inf") != 0) {
        return refuse_value(r, key, value, "a binary32 number");
    }
    *out = negative ? -magnitude : magnitude;
    return SE_OK;
}

static enum se_status read_rule(const struct reader *r, const char *value, enum se_rule *out) {
    *out = SE_RULE_NONE;
    if (!value) {
        return SE_OK;
    }
    for (enum se_rule rule = SE_RULE_NONE; rule <= SE_RULE_R3; rule++) {
        if (strcmp(value, se_rule_name(rule)) == 0) {
            *out = rule;
            return SE_OK;
        }
    }
    return refuse_value(r, "rule", value, "none, R1, R2 or R3");
}

static enum se_status read_format(const struct reader *r, const struct values *v,
                                  struct se_format *format) {
    int bits = 0;
    enum se_status status = read_integer(r, "code_bits", v->code_bits, &bits);
    if (status) {
        return status;
    }
    if (bits < SE_CODE_BITS_MIN || bits > SE_CODE_BITS_MAX) {
        return refuse_value(r, "code_bits", v->code_bits, "in 4..8");
    }
    bool dual = v->ratio;
    if (v->dual) {
        dual = strcmp(v->dual, "true") == 0;
        if (!dual && strcmp(v->dual, "false") != 0) {
            return refuse_value(r, "dual", v->dual, "true or false");
        }
    }
    if (dual && !v->ratio) {
        return refuse(r, "ratio", "is missing, and dual: true needs it");
    }
    if (!dual && v->base2) {
        return refuse(r, "base2", "is for a dual format only");
    }
    *format = se_format_signed(bits, dual);
    status = read_integer(r, "base1", v->base1, &format->base1);
    if (!dual) {
        format->base2 = format->base1;
    }
    return status ? status : read_integer(r, "base2", v->base2, &format->base2);
}

static enum se_status interpret(const struct reader *r, const struct values *v,
                                struct se_quantizer *q, enum se_rule *rule) {
    struct se_format format;
    enum se_rule named;
    float s1, ratio = 1, thr_pos = INFINITY, thr_neg = INFINITY;
    enum se_status status = read_format(r, v, &format);
    if (!status) {
        status = read_float(r, "s1", v->s1, &s1);
    }
    if (!status) {
        status = read_float(r, "ratio", v->ratio, &ratio);
    }
    if (!status) {
        status = read_float(r, "thr_pos", v->thr_pos, &thr_pos);
    }
    if (!status) {
        status = read_float(r, "thr_neg", v->thr_neg, &thr_neg);
    }
    if (!status) {
        status = read_rule(r, v->rule, &named);
    }
    if (status) {
        return status;
    }
    struct se_error cause;
    status = se_quantizer_init(q, format, s1, ratio, thr_pos, thr_neg, &cause);
    if (status) {
        return se_fail(r->err, status, "%s: %s", r->path, cause.message);
    }
    if (rule) {
        *rule = named;
    }
    return SE_OK;
}

// text[SE_CONFIG_BYTES_MAX + 1] gets the file and a terminating 0.
static enum se_status read_text(const char *path, char *text, size_t *size, struct se_error *err) {
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        return se_fail(err, SE_IO, "cannot read %s: %s", path, strerror(errno));
    }
    *size = fread(text, 1, SE_CONFIG_BYTES_MAX + 1, stream);
    int reason = ferror(stream) ? errno : 0;
    fclose(stream);
    if (reason) {
        return se_fail(err, SE_IO, "cannot read %s: %s", path, strerror(reason));
    }
    if (*size > SE_CONFIG_BYTES_MAX) {
        return se_fail(err, SE_INVALID, "%s: longer than %d bytes, no quantiser configuration",
                       path, SE_CONFIG_BYTES_MAX);
    }
    text[*size] = '\0';
    return SE_OK;
}

enum se_status se_config_load(const char *path, struct se_quantizer *q, enum se_rule *rule,
                              struct se_error *err) {
    char text[SE_CONFIG_BYTES_MAX + 1];
    size_t size = 0;
    enum se_status status = read_text(path, text, &size, err);
    if (status) {
        return status;
    }
    struct reader reader = {.path = path, .text = text, .err = err};
    const cyaml_config_t config = {.log_fn = hear,
                                   .log_ctx = &reader,
                                   .log_level = CYAML_LOG_WARNING,
                                   .mem_fn = cyaml_mem,
                                   .flags = CYAML_CFG_NO_ALIAS};
    struct values *values = NULL;
    cyaml_err_t reason =
        cyaml_load_data((const uint8_t *)text, size, &config, &SCHEMA, (void **)&values, NULL);
    if (reason) {
        status = refuse_yaml(&reader, reason);
    } else if (!values) {
        status = se_fail(err, SE_INVALID, "%s: empty document", path);
    } else if (*reader.complaint) { // of a second document, which libcyaml would ignore
        status = se_fail(err, SE_INVALID, "%s: holds more than one document", path);
    } else {
        status = interpret(&reader, values, q, rule);
    }
    cyaml_free(&config, &SCHEMA, values, 0);
    return status;
}

static void print_float(FILE *stream, const char *key, float value) {
    if (isinf(value)) {
        fprintf(stream, "%s: %s\n", key, value > 0 ? ".inf" : "-.inf");
    } else {
        fprintf(stream, "%s: %.9g\n", key, (double)value);
    }
}

enum se_status se_config_save(const char *path, const struct se_quantizer *q, enum se_rule rule,
                              struct se_error *err) {
    struct se_file_out file;
    enum se_status status = se_file_open(&file, path, err);
    if (status) {
        return status;
    }
    const struct se_format *f = &q->format;
    fprintf(file.stream, "# W4A5-SE quantiser configuration\ncode_bits: %d\ndual: %s\nbase1: %d\n",
            f->code_bits, f->dual ? "true" : "false", f->base1);
    if (f->dual) {
        fprintf(file.stream, "base2: %d\n", f->base2);
    }
    print_float(file.stream, "s1", q->s1);
    if (f->dual) {
        print_float(file.stream, "ratio", q->ratio);
        print_float(file.stream, "thr_pos", q->thr_pos);
        print_float(file.stream, "thr_neg", q->thr_neg);
    }
    fprintf(file.stream, "rule: %s\n", se_rule_name(rule));
    return se_file_commit(&file, err);
}

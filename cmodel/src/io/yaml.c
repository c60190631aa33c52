// SPDX-License-Identifier: Apache-2.0
#define _XOPEN_SOURCE 700

#include "yaml.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    struct se_yaml *r = context;
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

enum se_status se_yaml_refuse(const struct se_yaml *r, const char *key, const char *what) {
    unsigned line = line_of(r->text, key);
    if (r->entry) {
        return se_fail(r->err, SE_INVALID, "%s: %s: %s %s", r->path, r->entry, key, what);
    }
    if (line) {
        return se_fail(r->err, SE_INVALID, "%s: %s %s (line %u)", r->path, key, what, line);
    }
    return se_fail(r->err, SE_INVALID, "%s: %s %s", r->path, key, what);
}

enum se_status se_yaml_refuse_value(const struct se_yaml *r, const char *key, const char *value,
                                    const char *what) {
    char sentence[160];
    snprintf(sentence, sizeof sentence, "is '%.40s', which is not %s", value, what);
    blank_controls(sentence);
    return se_yaml_refuse(r, key, sentence);
}

static enum se_status refuse_yaml(struct se_yaml *r, cyaml_err_t reason) {
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
        return se_yaml_refuse(r, subject, "is missing");
    case CYAML_ERR_INVALID_VALUE:
        if (*r->field) {
            return se_yaml_refuse(r, r->field, "needs one value, not a list or a mapping");
        }
        return se_fail(r->err, SE_INVALID, "%s: not a mapping of keys to values", r->path);
    case CYAML_ERR_ALIAS:
        return se_yaml_refuse(r, r->field, "is a YAML alias, which is not supported");
    default:
        return se_fail(r->err, SE_INVALID, "%s: not a valid YAML mapping: %s (near line %u)",
                       r->path, *r->complaint ? r->complaint : cyaml_strerror(reason),
                       r->line ? r->line : 1);
    }
}

enum se_status se_yaml_integer(const struct se_yaml *r, const char *key, const char *value,
                               int *out) {
    if (!value) {
        return SE_OK;
    }
    char *end;
    errno = 0;
    long n = strtol(value, &end, 10);
    if (end == value || *end || isspace((unsigned char)*value) || errno || n < INT_MIN ||
        n > INT_MAX) {
        return se_yaml_refuse_value(r, key, value, "an integer");
    }
    *out = (int)n;
    return SE_OK;
}

// Whether strtod would read a number, and no word like nan.
static bool is_numeric(const char *body) {
    return isdigit((unsigned char)*body) || (*body == '.' && isdigit((unsigned char)body[1]));
}

enum se_status se_yaml_number(const struct se_yaml *r, const char *key, const char *value,
                              double *out) {
    char *end = NULL;
    double number = INFINITY;
    if (value && is_numeric(value + (*value == '-' || *value == '+'))) {
        number = strtod(value, &end);
    }
    if (value && !(end && !*end && isfinite(number))) {
        return se_yaml_refuse_value(r, key, value, "a finite number");
    }
    *out = value ? number : *out;
    return SE_OK;
}

enum se_status se_yaml_float(const struct se_yaml *r, const char *key, const char *value,
                             float *out) {
    if (!value) {
        return SE_OK;
    }
    bool negative = *value == '-';
    const char *body = value + (negative || *value == '+');
    char *end = NULL;
    float magnitude = INFINITY;
    if (is_numeric(body)) {
        magnitude = strtof(body, &end);
    }
    bool number = end && !*end && isfinite(magnitude);
    if (!number && strcmp(body, ".inf") != 0 && strcmp(body, "inf") != 0) {
        return se_yaml_refuse_value(r, key, value, "a binary32 number");
    }
    *out = negative ? -magnitude : magnitude;
    return SE_OK;
}

enum se_status se_yaml_choice(const struct se_yaml *r, const char *key, const char *value,
                              const char *const *names, const char *what, int *out) {
    for (int i = 0; value && names[i]; i++) {
        if (strcmp(value, names[i]) == 0) {
            *out = i;
            return SE_OK;
        }
    }
    return value ? se_yaml_refuse_value(r, key, value, what) : SE_OK;
}

// text[bytes + 1] gets the file and a terminating 0.
static enum se_status read_text(const char *path, size_t bytes, char *text, size_t *size,
                                struct se_error *err) {
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        return se_fail(err, SE_IO, "cannot read %s: %s", path, strerror(errno));
    }
    *size = fread(text, 1, bytes + 1, stream);
    int reason = ferror(stream) ? errno : 0;
    fclose(stream);
    if (reason) {
        return se_fail(err, SE_IO, "cannot read %s: %s", path, strerror(reason));
    }
    if (*size > bytes) {
        return se_fail(err, SE_INVALID, "%s: longer than the %zu bytes of a configuration", path,
                       bytes);
    }
    text[*size] = '\0';
    return SE_OK;
}

static const cyaml_config_t base_config = {.log_fn = hear,
                                           .log_level = CYAML_LOG_WARNING,
                                           .mem_fn = cyaml_mem,
                                           .flags = CYAML_CFG_NO_ALIAS};

enum se_status se_yaml_load(struct se_yaml *r, const char *path, const cyaml_schema_value_t *schema,
                            void **values, struct se_error *err) {
    return se_yaml_load_long(r, path, SE_CONFIG_BYTES_MAX, r->own, schema, values, err);
}

enum se_status se_yaml_load_long(struct se_yaml *r, const char *path, size_t bytes, char *text,
                                 const cyaml_schema_value_t *schema, void **values,
                                 struct se_error *err) {
    size_t size = 0;
    *r = (struct se_yaml){.path = path, .err = err, .text = text};
    *values = NULL;
    enum se_status status = read_text(path, bytes, text, &size, err);
    if (status) {
        return status;
    }
    cyaml_config_t config = base_config;
    config.log_ctx = r;
    cyaml_err_t reason =
        cyaml_load_data((const uint8_t *)r->text, size, &config, schema, values, NULL);
    if (reason) {
        status = refuse_yaml(r, reason);
    } else if (!*values) {
        status = se_fail(err, SE_INVALID, "%s: empty document", path);
    } else if (*r->complaint) { // of a second document, which libcyaml would ignore
        status = se_fail(err, SE_INVALID, "%s: holds more than one document", path);
    }
    if (status) {
        se_yaml_free(schema, *values);
        *values = NULL;
    }
    return status;
}

void se_yaml_free(const cyaml_schema_value_t *schema, void *values) {
    cyaml_free(&base_config, schema, values, 0);
}

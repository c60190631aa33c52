// SPDX-License-Identifier: Apache-2.0
#include "sweep.h"

#include "estimate.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 32, KEY_MODEL = 0, DEFAULT_TECHS = 1, THREADS_MAX = 256 };

// ---- what all threads read ----------------------------------------------------------------------

struct job {
    struct sweep *sweep;
    const struct sweep_options *options;
    struct accuracy accuracy;
    struct se_chip_model *models; // [values of the key model]
    size_t techs;
    const char **tech; // [techs]
    struct sweep_row *rows;
    enum { PENDING, BUILT, REFUSED } * state; // [chips]
    atomic_size_t next, refused;
    atomic_int status;
    pthread_mutex_t mutex; // of err and reason
    struct se_error *err;
};

static size_t key_of(const char *name) {
    size_t key = 0;
    while (strcmp(se_chip_keys[key], name) != 0) {
        key++;
    }
    return key;
}

// Keeps the first error.
static void stop(struct job *job, enum se_status status, const struct se_error *why) {
    pthread_mutex_lock(&job->mutex);
    if (!job->status) {
        se_fail(job->err, status, "%s", why->message);
        job->status = (int)status;
    }
    pthread_mutex_unlock(&job->mutex);
}

static void refuse(struct job *job, size_t index, const struct se_error *why) {
    job->state[index] = REFUSED;
    if (atomic_fetch_add(&job->refused, 1) == 0) {
        pthread_mutex_lock(&job->mutex);
        job->sweep->reason = *why;
        pthread_mutex_unlock(&job->mutex);
    }
}

// ---- one chip -----------------------------------------------------------------------------------

static void fill_row(const struct job *job, const struct se_chip *chip,
                     const struct se_chip_cost *cost, struct sweep_row *row) {
    *row = (struct sweep_row){.chip = *chip,
                              .memory_kib = cost->bits / 8192,
                              .kge = cost->ge * 1e-3,
                              .leakage_mw = cost->leakage.value,
                              .dram_kib = cost->dram_bits / 8192,
                              .token_us = se_band_scaled(cost->token_ns, 1e-3),
                              .memory_mm2 = cost->memory_area,
                              .logic_mm2 = cost->logic_area,
                              .area_mm2 = cost->area,
                              .token_nj = cost->energy};
    row->over_int8 =
        accuracy_over_int8(&job->accuracy, se_chip_effective_mode(chip), chip->int8_state);
}

static enum se_status read_chip(const struct job *job, size_t index, struct se_chip *chip,
                                struct se_error *err) {
    const char *values[SE_CHIP_KEYS];
    se_chip_sweep_at(&job->sweep->chips, index, values);
    size_t model = 0;
    while (strcmp(job->sweep->chips.keys[KEY_MODEL].values[model], values[KEY_MODEL]) != 0) {
        model++;
    }
    return se_chip_read(job->sweep->path, values, &job->models[model], chip, err);
}

static struct se_chip_prices *prices_of(const struct job *job, const struct se_chip *chip,
                                        struct se_chip_prices *prices) {
    size_t i = 0;
    while (strcmp(job->tech[i], chip->tech) != 0) {
        i++;
    }
    return &prices[i];
}

static void cost_chip(struct job *job, size_t index, struct se_chip_prices *prices) {
    struct se_chip chip;
    struct se_chip_cost cost;
    struct se_error why;
    enum se_status status = read_chip(job, index, &chip, &why);
    if (status) {
        stop(job, status, &why);
    } else if (se_chip_check(&chip, &why) ||
               se_chip_cost(&chip, prices_of(job, &chip, prices), &cost, &why)) {
        refuse(job, index, &why);
    } else {
        fill_row(job, &chip, &cost, &job->rows[index]);
        job->state[index] = BUILT;
    }
}

// ---- threads ------------------------------------------------------------------------------------

static void *work(void *context) {
    struct job *job = context;
    const size_t chips = job->sweep->chips.chips;
    struct se_chip_prices *prices = calloc(job->techs, sizeof *prices);
    struct se_error why = {"no memory for a sweep"};
    enum se_status status = prices ? SE_OK : SE_NO_MEMORY;
    for (size_t i = 0; i < job->techs && !status; i++) {
        status = se_chip_prices_load(job->options->directory, job->tech[i], &prices[i], &why);
    }
    if (status) {
        stop(job, status, &why);
    }
    for (size_t at; !job->status && (at = atomic_fetch_add(&job->next, CHUNK)) < chips;) {
        for (size_t i = at; i < at + CHUNK && i < chips && !job->status; i++) {
            cost_chip(job, i, prices);
        }
    }
    for (size_t i = 0; prices && i < job->techs; i++) {
        se_chip_prices_free(&prices[i]);
    }
    free(prices);
    return NULL;
}

static void *watch(void *context) {
    const struct job *job = context;
    const size_t chips = job->sweep->chips.chips;
    struct cli_progress progress = cli_progress_start("sweeping");
    for (size_t done; (done = job->next) < chips && !job->status; usleep(100000)) {
        cli_progress_show(&progress, (double)done, (double)chips);
    }
    cli_progress_show(&progress, (double)chips, (double)chips);
    return NULL;
}

static void run_threads(struct job *job) {
    size_t threads = job->sweep->threads, started = 0;
    pthread_t handles[threads], watcher;
    bool watched = pthread_create(&watcher, NULL, watch, job) == 0;
    while (started + 1 < threads && pthread_create(&handles[started], NULL, work, job) == 0) {
        started++;
    }
    work(job);
    for (size_t i = 0; i < started; i++) {
        pthread_join(handles[i], NULL);
    }
    if (watched) {
        pthread_join(watcher, NULL);
    }
}

// ---- before and after ---------------------------------------------------------------------------

static enum se_status load_models(struct job *job, struct se_error *err) {
    const size_t n = job->sweep->chips.keys[KEY_MODEL].n;
    job->models = calloc(n, sizeof *job->models);
    enum se_status status =
        job->models ? SE_OK : se_fail(err, SE_NO_MEMORY, "no memory for %zu models", n);
    for (size_t i = 0; i < n && !status; i++) {
        status =
            se_chip_model_load(job->options->models, job->sweep->chips.keys[KEY_MODEL].values[i],
                               &job->models[i], err);
    }
    return status;
}

// The technologies of the file, or the default one.
static enum se_status list_techs(struct job *job, struct se_error *err) {
    static struct se_chip standard;
    const size_t key = key_of("tech"), n = job->sweep->chips.keys[key].n;
    job->techs = n ? n : DEFAULT_TECHS;
    job->tech = calloc(job->techs, sizeof *job->tech);
    if (!job->tech) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu technologies", job->techs);
    }
    standard = se_chip_default(&job->models[0]);
    for (size_t i = 0; i < job->techs; i++) {
        struct se_tech tech; // it must be there, before threads start
        job->tech[i] = n ? job->sweep->chips.keys[key].values[i] : standard.tech;
        enum se_status status = se_tech_load(job->options->directory, job->tech[i], &tech, err);
        if (status) {
            return status;
        }
    }
    return SE_OK;
}

// The first value of a list with which no combination was built, and why.
static enum se_status check_values(const struct job *job, struct se_error *err) {
    const struct se_chip_sweep *s = &job->sweep->chips;
    const char *values[SE_CHIP_KEYS];
    for (size_t key = 0; key < SE_CHIP_KEYS; key++) {
        for (size_t v = 0; v < s->keys[key].n && s->keys[key].n > 1; v++) {
            bool built = false;
            size_t refused = s->chips;
            for (size_t i = 0; i < s->chips && !built; i++) {
                se_chip_sweep_at(s, i, values);
                bool here = values[key] == s->keys[key].values[v];
                built = here && job->state[i] == BUILT;
                refused = here && refused == s->chips ? i : refused;
            }
            if (!built) {
                struct se_chip chip;
                struct se_error why = {""};
                if (!read_chip(job, refused, &chip, &why) && !se_chip_check(&chip, &why)) {
                    why = job->sweep->reason;
                }
                return se_fail(err, SE_INVALID, "%s: no chip has %s %s: %s", job->sweep->path,
                               se_chip_keys[key], s->keys[key].values[v], why.message);
            }
        }
    }
    return SE_OK;
}

// What decides a chip, the same for chips that differ only in what they do not use.
static void signature(const struct se_chip *c, size_t size, char *text) {
    const struct se_chip_model *m = &c->model;
    const bool table = se_chip_has_tables(c), groups = table || (c->int8_state && m->version == 2);
    snprintf(text, size, "%s %d %d %d %d %d %d|%d %d %d %d %d %d %d|%d %d %d %d %d %s %d", m->name,
             m->layers, m->d_model, m->d_inner, m->d_state, m->headdim, m->groups,
             table ? (int)c->lookup : 0, groups ? c->head_groups : 0, groups ? c->dim_groups : 0,
             table ? c->table_layers : 0, table && c->lookup != SE_CHIP_CURSOR && c->int32_bounds,
             table ? c->scale_bits : 0, table ? se_chip_scale_words(c) : 0, c->int8_state,
             c->double_buffered, c->mode, c->code_width, c->lanes, c->tech, c->device);
}

struct signed_row {
    char text[200];
    size_t index;
};

static int by_text(const void *a, const void *b) {
    const struct signed_row *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

// Keeps the built rows, the first of those alike, in their order.
static enum se_status keep_rows(struct job *job, struct se_error *err) {
    struct sweep *s = job->sweep;
    const size_t chips = s->chips.chips;
    struct signed_row *rows = malloc(chips * sizeof *rows);
    if (!rows) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu chips", chips);
    }
    size_t built = 0;
    for (size_t i = 0; i < chips; i++) {
        if (job->state[i] == BUILT) {
            signature(&job->rows[i].chip, sizeof rows[built].text, rows[built].text);
            rows[built++].index = i;
        }
    }
    qsort(rows, built, sizeof *rows, by_text);
    for (size_t i = 1; i < built; i++) {
        if (!strcmp(rows[i].text, rows[i - 1].text)) {
            job->state[rows[i].index] = REFUSED;
            s->alike++;
        }
    }
    free(rows);
    for (size_t i = 0; i < chips; i++) {
        if (job->state[i] == BUILT) {
            job->rows[s->n++] = job->rows[i];
        }
    }
    s->rows = job->rows;
    job->rows = NULL;
    s->unbuildable = job->refused;
    return SE_OK;
}

static enum se_status name_of(const char *path, size_t size, char *name, struct se_error *err) {
    const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
    if (strlen(last) >= size) {
        return se_fail(err, SE_INVALID, "%s: the name is longer than %zu letters", path, size - 1);
    }
    strcpy(name, last);
    char *dot = strrchr(name, '.');
    if (dot && dot > name) {
        *dot = 0;
    }
    return SE_OK;
}

static enum se_status run(struct job *job, struct se_error *err) {
    const size_t chips = job->sweep->chips.chips;
    enum se_status status = load_models(job, err);
    if (!status) {
        status = list_techs(job, err);
    }
    if (!status) {
        status = accuracy_load(job->options->modes, &job->accuracy, err);
    }
    job->rows = calloc(chips, sizeof *job->rows);
    job->state = calloc(chips, sizeof *job->state);
    if (!status && (!job->rows || !job->state)) {
        status = se_fail(err, SE_NO_MEMORY, "no memory for %zu chips", chips);
    }
    if (status) {
        return status;
    }
    const double start = cli_seconds();
    run_threads(job);
    job->sweep->seconds = cli_seconds() - start;
    status = (enum se_status)job->status;
    if (!status) {
        status = check_values(job, err);
    }
    if (!status && job->refused == chips) {
        status = se_fail(err, SE_INVALID, "%s: %s", job->sweep->path, job->sweep->reason.message);
    }
    return status ? status : keep_rows(job, err);
}

enum se_status sweep_run(const char *path, const struct sweep_options *options, struct sweep *sweep,
                         struct se_error *err) {
    static char name[64];
    *sweep = (struct sweep){.path = path, .name = name, .threads = options->threads};
    enum se_status status = name_of(path, sizeof name, name, err);
    status = status ? status : se_chip_sweep_load(path, &sweep->chips, err);
    if (status) {
        return status;
    }
    struct job job = {.sweep = sweep, .options = options, .err = err};
    pthread_mutex_init(&job.mutex, NULL);
    status = run(&job, err);
    if (!status) {
        status = sweep_mark(sweep, err);
    }
    pthread_mutex_destroy(&job.mutex);
    free(job.models);
    free(job.tech);
    free(job.state);
    free(job.rows);
    if (status) {
        sweep_free(sweep);
    }
    return status;
}

void sweep_free(struct sweep *sweep) {
    se_chip_sweep_free(&sweep->chips);
    free(sweep->rows);
    sweep->rows = NULL;
    sweep->n = 0;
}

// ---- the command --------------------------------------------------------------------------------

struct options {
    const char *config, *reports;
    struct sweep_options how;
};

enum { OPT_MODELS = 256, OPT_DIRECTORY, OPT_MODES, OPT_THREADS };

static const struct argp_option option_list[] = {
    {"config", 'c', "FILE", 0, "Keys of a chip, each with a value or a list (docs/formats.md)", 0},
    {"reports", 'r', "DIR", 0, "Write NAME.csv, NAME.md and two NAME-*.svg here (default reports)",
     0},
    {"threads", OPT_THREADS, "N", 0, "Threads (default: one a processor)", 0},
    {"models", OPT_MODELS, "FILE", 0, "Shapes of models (default data/models.yaml)", 0},
    {"tech-dir", OPT_DIRECTORY, "DIR", 0,
     "Where technologies are (default " ESTIMATE_TECH_DIRECTORY ")", 0},
    {"modes", OPT_MODES, "FILE", 0, "Accuracies (default " ACCURACY_PATH ")", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'c':
        o->config = arg;
        return 0;
    case 'r':
        o->reports = arg;
        return 0;
    case OPT_THREADS:
        o->how.threads = cli_count(state, "--threads", arg);
        if (o->how.threads < 1 || o->how.threads > THREADS_MAX) {
            argp_error(state, "--threads takes 1 to %d", THREADS_MAX);
        }
        return 0;
    case OPT_MODELS:
        o->how.models = arg;
        return 0;
    case OPT_DIRECTORY:
        o->how.directory = arg;
        return 0;
    case OPT_MODES:
        o->how.modes = arg;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' belongs to no option; `w4a5se sweep calibration` sweeps on a text",
                   arg);
        return EINVAL;
    case ARGP_KEY_END:
        cli_require(state, o->config, "--config");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_list,
    parse,
    NULL,
    "What each of many chips costs: every combination of the values in a file, as CSV, with the "
    "Pareto fronts of area against accuracy and of energy against time marked and drawn.\n\n"
    "  w4a5se sweep calibration   percentiles, rules, ratios, bits and groups on a text"
    "\vExit status: 0 success, 1 bad input, 2 wrong usage.",
    NULL,
    NULL,
    NULL};

int cmd_sweep(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "calibration")) {
        static char name[] = "w4a5se sweep calibration";
        argv[1] = name;
        return sweep_calibration(argc - 1, argv + 1);
    }
    static struct sweep sweep;
    struct options o = {.reports = "reports",
                        .how = {"data/models.yaml", ESTIMATE_TECH_DIRECTORY, ACCURACY_PATH, 0}};
    struct se_error err;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    o.how.threads = o.how.threads ? o.how.threads : processors > 0 ? (size_t)processors : 1;
    enum se_status status = sweep_run(o.config, &o.how, &sweep, &err);
    if (!status) {
        status = sweep_write(&sweep, o.reports, &err);
    }
    if (!status) {
        printf("%zu chips (%zu combinations are chips already there, %zu cannot be built%s%s) in "
               "%.2f s\nreports: %s/%s.md, %s.csv, %s-area.svg, %s-energy.svg\n",
               sweep.n, sweep.alike, sweep.unbuildable, *sweep.reason.message ? ": " : "",
               sweep.reason.message, sweep.seconds, o.reports, sweep.name, sweep.name, sweep.name,
               sweep.name);
    }
    sweep_free(&sweep);
    return status ? cli_fail(&err) : CLI_OK;
}

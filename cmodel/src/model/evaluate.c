// SPDX-License-Identifier: Apache-2.0
// Tasks: first the float model on every sequence, then every candidate on every sequence. Threads
// take one after the other; sums are made afterwards, in the order of the text.
#include "w4a5se/evaluate.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 }; // tokens whose logits are there at a time

struct job {
    const struct se_model *model;
    size_t sequences;
    const uint32_t *ids;
    size_t *starts; // [sequences + 1]
    size_t n;
    const struct se_candidate *candidates;
    uint32_t *likely;              // [tokens] by the float model
    struct se_evaluation *results; // [n + 1][sequences]; the first are the float model's
    double *squares;               // [n][sequences][2][layers]
    atomic_size_t next, done;
    atomic_int status;
    struct se_error *err;
    pthread_mutex_t mutex;
    void (*progress)(void *context, double share);
    void *context;
};

// What a thread works with.
struct worker {
    struct job *job;
    struct se_model_state state;
    struct se_quantized_state quantized_state;
    struct se_quantized_values values;
    float *logits, *before; // [PIECE][vocab], [PIECE][d_inner]
    const struct se_candidate *candidate;
    struct se_evaluation *result;
    struct se_error err;
};

double se_evaluation_bits(const struct se_evaluation *e) {
    return e->nats / (double)e->tokens / log(2);
}

double se_evaluation_bits_error(const struct se_evaluation *e) {
    return e->error / (double)e->tokens / log(2);
}

double se_evaluation_sqnr_db(const struct se_evaluation *e, size_t layer) {
    return e->noise[layer] == 0 ? INFINITY : 10 * log10(e->signal[layer] / e->noise[layer]);
}

static void add_squares(struct se_evaluation *result, size_t layer, size_t n, const float *before,
                        const float *after) {
    double signal = 0, noise = 0;
    for (size_t i = 0; i < n; i++) {
        double error = (double)after[i] - (double)before[i];
        signal += (double)before[i] * (double)before[i];
        noise += error * error;
    }
    result->signal[layer] += signal;
    result->noise[layer] += noise;
}

static void change_u(void *context, size_t layer, size_t tokens, size_t d_inner, float *u) {
    struct worker *w = context;
    const struct se_candidate *k = w->candidate;
    memcpy(w->before, u, tokens * d_inner * sizeof *u);
    if (k->change_u) {
        k->change_u(k->context, layer, tokens * d_inner, u);
    } else {
        struct se_input input = k->run.inputs[layer];
        input.x_proj = NULL;
        se_input_run_fast(&input, d_inner, tokens, u, NULL, u, NULL);
    }
    add_squares(w->result, layer, tokens * d_inner, w->before, u);
}

static void see_values(void *context, size_t layer, size_t tokens,
                       const struct se_quantized_values *values) {
    struct worker *w = context;
    size_t n = tokens * w->job->model->config.d_inner;
    add_squares(w->result, layer, n, values->front.y, values->front.u);
}

static enum se_status forward(struct worker *w, size_t at, size_t n, bool ends,
                              const uint32_t *ids) {
    const struct se_candidate *k = w->candidate;
    const struct se_model *model = w->job->model;
    if (!k || !k->quantized) {
        const struct se_model_tap tap = {.context = w, .change_u = change_u};
        return se_model_forward(model, &w->state, n, ids + at, n, w->logits, k ? &tap : NULL,
                                &w->err);
    }
    struct se_quantized_run run = k->run;
    if (run.state_mode == SE_STATE_INT8_FINAL && !ends) {
        run.state_mode = SE_STATE_FP32;
    }
    return se_quantized_forward(k->quantized, &run, &w->quantized_state, &w->values, n, ids + at, n,
                                w->logits, see_values, w, &w->err);
}

static uint32_t most_likely(size_t vocab, const float *logits) {
    size_t best = 0;
    for (size_t i = 1; i < vocab; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    return (uint32_t)best;
}

static void judge(struct worker *w, size_t n, const uint32_t *next, uint32_t *likely) {
    size_t vocab = w->job->model->config.vocab;
    for (size_t t = 0; t < n; t++) {
        const float *logits = w->logits + t * vocab;
        uint32_t best = most_likely(vocab, logits);
        w->result->nats += se_surprise(vocab, logits, next[t]);
        w->result->tokens++;
        if (!w->candidate) {
            likely[t] = best;
        }
        w->result->agree += likely[t] == best;
    }
}

// One sequence by w->candidate, NULL for the float model.
static enum se_status run_sequence(struct worker *w, size_t sequence) {
    struct job *job = w->job;
    const uint32_t *ids = job->ids + job->starts[sequence];
    size_t tokens = job->starts[sequence + 1] - job->starts[sequence];
    size_t call = w->candidate ? w->candidate->call : 0;
    enum se_status status = SE_OK;
    se_model_state_reset(job->model, &w->state);
    se_quantized_state_reset(job->model, &w->quantized_state);
    for (size_t t = 0, n; t + 1 < tokens && !status; t += n) {
        size_t left = tokens - 1 - t, to_end = call ? call - t % call : left;
        n = left < PIECE ? left : PIECE;
        n = n < to_end ? n : to_end;
        status = forward(w, t, n, n == to_end, ids);
        if (!status) {
            judge(w, n, ids + t + 1, job->likely + job->starts[sequence] + t);
        }
    }
    return status;
}

static enum se_status prepare(struct worker *w) {
    const struct se_model_config *c = &w->job->model->config;
    enum se_status status = se_model_state_alloc(w->job->model, &w->state, &w->err);
    status =
        status ? status : se_quantized_state_alloc(w->job->model, &w->quantized_state, &w->err);
    status = status ? status : se_quantized_values_alloc(w->job->model, &w->values, &w->err);
    w->logits = malloc(PIECE * c->vocab * sizeof *w->logits);
    w->before = malloc(PIECE * c->d_inner * sizeof *w->before);
    if (!status && (!w->logits || !w->before)) {
        status = se_fail(&w->err, SE_NO_MEMORY, "no memory for %zu logits", PIECE * c->vocab);
    }
    return status;
}

static void release(struct worker *w) {
    se_model_state_free(&w->state);
    se_quantized_state_free(&w->quantized_state);
    se_quantized_values_free(&w->values);
    free(w->logits);
    free(w->before);
}

static void fail(struct job *job, enum se_status status, const struct se_error *err) {
    pthread_mutex_lock(&job->mutex);
    if (!atomic_load(&job->status)) {
        atomic_store(&job->status, (int)status);
        se_fail(job->err, status, "%s", err->message);
    }
    pthread_mutex_unlock(&job->mutex);
}

// Tasks up to `last`, candidate by candidate.
struct phase {
    struct job *job;
    size_t last;
    bool reports;
};

static void *work(void *argument) {
    const struct phase *phase = argument;
    struct job *job = phase->job;
    struct worker w = {.job = job};
    enum se_status status = prepare(&w);
    size_t task;
    while (!status && !atomic_load(&job->status) &&
           (task = atomic_fetch_add(&job->next, 1)) < phase->last) {
        size_t k = task / job->sequences;
        w.candidate = k ? &job->candidates[k - 1] : NULL;
        w.result = &job->results[task];
        status = run_sequence(&w, task % job->sequences);
        size_t done = atomic_fetch_add(&job->done, 1) + 1;
        if (phase->reports && job->progress) {
            job->progress(job->context, (double)done / (double)(job->sequences * (job->n + 1)));
        }
    }
    if (status) {
        fail(job, status, &w.err);
    }
    release(&w);
    return NULL;
}

// Tasks [first, last) by `threads` threads, of which the caller's is one.
static void run_tasks(struct job *job, size_t first, size_t last, size_t threads) {
    struct phase mine = {job, last, true}, others = {job, last, false};
    pthread_t handles[threads];
    size_t started = 0;
    atomic_store(&job->next, first);
    while (started + 1 < threads && pthread_create(&handles[started], NULL, work, &others) == 0) {
        started++;
    }
    work(&mine);
    for (size_t i = 0; i < started; i++) {
        pthread_join(handles[i], NULL);
    }
}

static void add(struct se_evaluation *sum, const struct se_evaluation *part, size_t layers) {
    sum->tokens += part->tokens;
    sum->agree += part->agree;
    sum->nats += part->nats;
    for (size_t l = 0; sum->signal && l < layers; l++) {
        sum->signal[l] += part->signal[l];
        sum->noise[l] += part->noise[l];
    }
}

static void sum_up(const struct job *job, size_t row, struct se_evaluation *sum) {
    for (size_t s = 0; s < job->sequences; s++) {
        add(sum, &job->results[row * job->sequences + s], job->model->config.layers);
    }
}

// Differences from the float model that are not in proportion to a sequence's length.
static double standard_error(const struct job *job, size_t row, const struct se_evaluation *sum,
                             const struct se_evaluation *reference) {
    const struct se_evaluation *parts = &job->results[row * job->sequences];
    double rate = (sum->nats - reference->nats) / (double)sum->tokens, squares = 0;
    for (size_t s = 0; s < job->sequences; s++) {
        double beyond = parts[s].nats - job->results[s].nats - rate * (double)parts[s].tokens;
        squares += beyond * beyond;
    }
    double n = (double)job->sequences;
    return n > 1 ? sqrt(squares * n / (n - 1)) : 0;
}

static bool is_finite(const struct se_evaluation *e, size_t layers) {
    double sum = e->nats; // no term is negative
    for (size_t l = 0; e->signal && l < layers; l++) {
        sum += e->signal[l] + e->noise[l];
    }
    return isfinite(sum);
}

static enum se_status conclude(const struct job *job, struct se_evaluation *reference,
                               struct se_evaluation *results) {
    const size_t layers = job->model->config.layers;
    sum_up(job, 0, reference);
    if (!is_finite(reference, layers)) {
        return se_fail(job->err, SE_INVALID, "the float model's bits are not finite");
    }
    for (size_t k = 0; k < job->n; k++) {
        const char *name = job->candidates[k].name;
        sum_up(job, k + 1, &results[k]);
        if (!is_finite(&results[k], layers)) {
            return se_fail(job->err, SE_INVALID,
                           "candidate %zu%s%s: its bits or its u are not finite", k,
                           name ? ", " : "", name ? name : "");
        }
        results[k].error = standard_error(job, k + 1, &results[k], reference);
    }
    return SE_OK;
}

// Sequences of the first `most` tokens.
static enum se_status take_text(struct job *job, const struct se_text *text, size_t most,
                                struct se_error *err) {
    size_t all = text->starts[text->count], foreseen = 0;
    most = most && most < all ? most : all;
    job->ids = text->ids;
    job->starts = malloc((text->count + 1) * sizeof *job->starts);
    if (!job->starts) {
        return se_fail(err, SE_NO_MEMORY, "no memory for %zu sequences", text->count);
    }
    job->starts[0] = 0;
    for (size_t s = 0; s < text->count && text->starts[s] < most; s++) {
        job->sequences = s + 1;
        job->starts[s + 1] = text->starts[s + 1] < most ? text->starts[s + 1] : most;
        foreseen += job->starts[s + 1] - job->starts[s] - 1;
    }
    return foreseen ? SE_OK
                    : se_fail(err, SE_INVALID, "%zu tokens in %zu sequences: none can be foreseen",
                              most, job->sequences);
}

static enum se_status allocate(struct job *job, struct se_evaluation *results,
                               struct se_error *err) {
    size_t layers = job->model->config.layers, rows = job->sequences * job->n;
    job->likely = malloc(job->starts[job->sequences] * sizeof *job->likely);
    job->results = calloc(job->sequences + rows, sizeof *job->results);
    job->squares = calloc(rows * 2 * layers + 1, sizeof *job->squares);
    bool complete = job->likely && job->results && job->squares;
    for (size_t i = 0; i < rows && complete; i++) {
        struct se_evaluation *e = &job->results[job->sequences + i];
        e->signal = job->squares + 2 * i * layers;
        e->noise = e->signal + layers;
    }
    memset(results, 0, job->n * sizeof *results);
    for (size_t k = 0; k < job->n && complete; k++) {
        results[k].signal = calloc(2 * layers, sizeof(double));
        results[k].noise = results[k].signal + layers;
        complete = results[k].signal;
    }
    return complete ? SE_OK : se_fail(err, SE_NO_MEMORY, "no memory for %zu results", rows);
}

static enum se_status check_candidates(const struct job *job, struct se_error *err) {
    const struct se_model_config *c = &job->model->config;
    enum se_status status = SE_OK;
    for (size_t k = 0; k < job->n && !status; k++) {
        const struct se_candidate *candidate = &job->candidates[k];
        if (candidate->quantized) {
            status = se_quantized_run_check(candidate->quantized, &candidate->run, err);
        }
        for (size_t l = 0;
             !candidate->quantized && !candidate->change_u && l < c->layers && !status; l++) {
            struct se_input input = candidate->run.inputs[l];
            input.x_proj = NULL;
            status = se_input_check(&input, c->d_inner, err);
        }
    }
    return status;
}

enum se_status se_evaluate(const struct se_model *model, const struct se_text *text,
                           size_t tokens_max, size_t n, const struct se_candidate *candidates,
                           size_t threads, void (*progress)(void *context, double share),
                           void *context, struct se_evaluation *reference,
                           struct se_evaluation *results, struct se_error *err) {
    struct job job = {.model = model,
                      .n = n,
                      .candidates = candidates,
                      .err = err,
                      .mutex = PTHREAD_MUTEX_INITIALIZER,
                      .progress = progress,
                      .context = context};
    *reference = (struct se_evaluation){0};
    memset(results, 0, n * sizeof *results);
    enum se_status status = check_candidates(&job, err);
    status = status ? status : take_text(&job, text, tokens_max, err);
    status = status ? status : allocate(&job, results, err);
    if (!status) {
        run_tasks(&job, 0, job.sequences, threads);
        run_tasks(&job, job.sequences, job.sequences * (n + 1), threads);
        status = (enum se_status)atomic_load(&job.status);
    }
    status = status ? status : conclude(&job, reference, results);
    if (status) {
        se_evaluations_free(n, results);
    }
    free(job.starts);
    free(job.likely);
    free(job.results);
    free(job.squares);
    return status;
}

void se_evaluations_free(size_t n, struct se_evaluation *results) {
    for (size_t k = 0; k < n; k++) {
        free(results[k].signal);
        results[k] = (struct se_evaluation){0};
    }
}

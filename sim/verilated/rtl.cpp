// SPDX-License-Identifier: Apache-2.0
#include "rtl.h"

#include "blocks.hpp"

#include <string>

// Verilog's $time outside any context; the runtime wants the symbol.
double sc_time_stamp() {
    return 0;
}

se_status w4a5se::check_options(const se_rtl_options &options, se_error *err) {
    if (options.idle_percent > 99 || options.stall_percent > 99) {
        return se_fail(err, SE_INVALID, "idle_percent and stall_percent are 0 to 99");
    }
    if (options.trace_path) { // Verilator would say nothing
        FILE *trace = fopen(options.trace_path, "wb");
        if (!trace) {
            return se_fail(err, SE_IO, "cannot write %s: %s", options.trace_path, strerror(errno));
        }
        fclose(trace);
    }
    return SE_OK;
}

namespace {

using w4a5se::BlockType;

const BlockType *block_type(size_t i) {
    for (auto *group : {&w4a5se::fp32_units(), &w4a5se::quant_blocks(), &w4a5se::packing_blocks(),
                        &w4a5se::mac_units()}) {
        if (i < group->size()) {
            return &(*group)[i];
        }
        i -= group->size();
    }
    return nullptr;
}

const BlockType *find_type(const char *name, int width) {
    for (size_t i = 0; const BlockType *type = block_type(i); i++) {
        if (!strcmp(type->description.name, name) && type->description.width == width) {
            return type;
        }
    }
    return nullptr;
}

} // namespace

const se_rtl_block *se_rtl_block_at(size_t i) {
    const BlockType *type = block_type(i);
    return type ? &type->description : nullptr;
}

const se_rtl_block *se_rtl_find(const char *name, int width) {
    const BlockType *type = find_type(name, width);
    return type ? &type->description : nullptr;
}

int se_rtl_words(const se_port *ports) {
    int n = 0;
    while (n < SE_RTL_WORDS_MAX && ports[n].name) {
        n++;
    }
    return n;
}

se_status se_rtl_open(se_rtl **rtl, const char *name, int width, const se_rtl_options *options,
                      se_error *err) {
    const BlockType *type = find_type(name, width);
    if (!type) {
        return se_fail(err, SE_INVALID, "there is no RTL block '%s' of width %d", name, width);
    }
    se_status status = w4a5se::check_options(*options, err);
    if (status != SE_OK) {
        return status;
    }
    std::unique_ptr<se_rtl> instance = type->create(*options);
    instance->block = &type->description;
    *rtl = instance.release();
    return SE_OK;
}

const struct se_rtl_block *se_rtl_describe(const se_rtl *rtl) {
    return rtl->block;
}

void se_rtl_configure(se_rtl *rtl, const uint32_t *config) {
    rtl->configure(config);
}

void se_rtl_reset(se_rtl *rtl) {
    rtl->reset();
}

se_status se_rtl_stream(se_rtl *rtl, size_t n_in, const uint32_t *in, size_t n_out, uint32_t *out,
                        uint64_t *out_cycle, se_error *err) {
    return rtl->stream(n_in, in, n_out, out, out_cycle, err);
}

void se_rtl_disturb(se_rtl *rtl, size_t n_in, const uint32_t *in, unsigned cycles) {
    rtl->disturb(n_in, in, cycles);
}

uint64_t se_rtl_cycles(const se_rtl *rtl) {
    return rtl->cycles();
}

void se_rtl_close(se_rtl *rtl) {
    delete rtl;
}

const char *se_rtl_version() {
    static const std::string version =
        std::string(Verilated::productName()) + " " + Verilated::productVersion();
    return version.c_str();
}

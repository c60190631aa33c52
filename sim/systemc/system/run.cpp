// SPDX-License-Identifier: Apache-2.0
#include "platform.hpp"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace w4a5se;

namespace {

[[noreturn]] void simulate(const se_system &system, se_system_result *result) {
    const se_system_plan plan = se_system_plan_of(&system);
    Platform platform("platform", system, plan, *result);
    sc_core::sc_start();
    _exit(0);
}

} // namespace

se_status se_system_run(const se_system *system, se_system_result *result, se_error *err) {
    const se_status status = se_system_check(system, err);
    if (status) {
        return status;
    }
    void *shared =
        mmap(nullptr, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        return se_fail(err, SE_NO_MEMORY, "no memory for a simulation: %s", std::strerror(errno));
    }
    auto *answer = static_cast<se_system_result *>(shared);
    answer->layers = system->model.layers;
    answer->gantt_layer = answer->layers / 2;
    const pid_t child = fork();
    if (child == 0) {
        simulate(*system, answer);
    }
    int ended = 0;
    const bool fine = child > 0 && waitpid(child, &ended, 0) == child && ended == 0;
    *result = *answer;
    munmap(shared, sizeof *result);
    return fine ? SE_OK : se_fail(err, SE_IO, "the simulation's process failed");
}

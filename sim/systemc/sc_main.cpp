// SPDX-License-Identifier: Apache-2.0
// SystemC's library wants one; its users here start simulations themselves.
#include <systemc>

int sc_main(int, char **) {
    return 1;
}

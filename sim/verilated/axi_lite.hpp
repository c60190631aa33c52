// SPDX-License-Identifier: Apache-2.0
// The driver's end of AXI4-Lite: what it drives in a cycle of an access, and what it makes of what
// it then sees.
#pragma once

#include "clocked.hpp"

namespace w4a5se {

// Address and data in either order, or together.
class LiteWrite {
  public:
    bool awvalid = false, wvalid = false, bready = false;

    void offer(Chance &chance, const se_rtl_options &options) {
        awvalid = !address_sent && (offered || !chance.percent(options.idle_percent));
        wvalid = !data_sent && (offered || !chance.percent(options.idle_percent));
        bready = !chance.percent(options.stall_percent);
        offered = true;
    }

    // Whether the access ends in this cycle.
    bool look(bool awready, bool wready, bool bvalid) {
        address_sent = address_sent || (awvalid && awready);
        data_sent = data_sent || (wvalid && wready);
        return bvalid && bready;
    }

  private:
    bool offered = false, address_sent = false, data_sent = false;
};

class LiteRead {
  public:
    bool arvalid = true, rready = false;

    void offer(Chance &chance, const se_rtl_options &options) {
        rready = !chance.percent(options.stall_percent);
    }

    bool look(bool arready, bool rvalid) {
        arvalid = arvalid && !arready;
        return rvalid && rready;
    }
};

} // namespace w4a5se

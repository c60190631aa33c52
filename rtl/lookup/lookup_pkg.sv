// SPDX-License-Identifier: Apache-2.0
// Widths that the scale lookups share.
`default_nettype none

package lookup_pkg;

  // Bits of an index into `size` things; one bit where there is nothing to choose.
  function automatic integer index_bits(input integer size);
    index_bits = (size > 1) ? $clog2(size) : 1;
  endfunction

  // Bits of a stored bound from 0 to `size`: as few as hold it, unless the width is given.
  function automatic integer bound_bits(input integer size, input integer given);
    bound_bits = (given == 0) ? $clog2(size + 1) : given;
  endfunction

  function automatic integer is_power_of_2(input integer n);
    is_power_of_2 = (n > 0 && (1 << $clog2(n)) == n) ? 1 : 0;
  endfunction

  // Whether a table may have this shape: what divides channels or addresses is a power of 2.
  function automatic integer is_shape(input integer groups, input integer head_groups,
                                      input integer dim_groups, input integer heads,
                                      input integer headdim);
    is_shape = (is_power_of_2(groups) == 1 && is_power_of_2(head_groups) == 1 &&
                is_power_of_2(dim_groups) == 1 && is_power_of_2(headdim) == 1 && headdim > 1 &&
                heads > 1 && (groups == 1 || is_power_of_2(heads) == 1)) ? 1 : 0;
  endfunction

endpackage

`default_nettype wire

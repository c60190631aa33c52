// SPDX-License-Identifier: Apache-2.0
// Leading-zero count: the number of zeros above the highest one of data_i, WIDTH when there is none.
// Combinational.
`default_nettype none

module lzc #(
    parameter  WIDTH = 24,
    localparam COUNT_WIDTH = $clog2(WIDTH + 1)
) (
    input  wire [      WIDTH-1:0] data_i,
    output wire [COUNT_WIDTH-1:0] count_o
);

  localparam [COUNT_WIDTH-1:0] NONE = WIDTH[COUNT_WIDTH-1:0];

  function automatic [COUNT_WIDTH-1:0] leading_zeros(input [WIDTH-1:0] data);
    integer i;
    leading_zeros = NONE;
    for (i = 0; i < WIDTH; i = i + 1) begin
      if (data[i]) leading_zeros = NONE - 1'b1 - i[COUNT_WIDTH-1:0];
    end
  endfunction

  assign count_o = leading_zeros(data_i);

endmodule

`default_nettype wire

// SPDX-License-Identifier: Apache-2.0
// A ram_1r1w of two banks of DEPTH words: bank_i is read, the other one written.
`default_nettype none

module banked_ram #(
    parameter  WIDTH = 32,
    parameter  DEPTH = 64,
    localparam ADDRESS_BITS = lookup_pkg::index_bits(DEPTH)
) (
    input wire clk_i,
    input wire bank_i,

    input wire                    write_i,
    input wire [ADDRESS_BITS-1:0] write_address_i,
    input wire [       WIDTH-1:0] write_data_i,

    input  wire                    read_i,
    input  wire [ADDRESS_BITS-1:0] read_address_i,
    output wire [       WIDTH-1:0] read_data_o
);

  // The bank is the lowest bit: a DEPTH that is no power of 2 leaves no hole.
  localparam RAM_BITS = $clog2(2 * DEPTH);
  wire [ADDRESS_BITS:0] write_address = {write_address_i, ~bank_i};
  wire [ADDRESS_BITS:0] read_address = {read_address_i, bank_i};

  ram_1r1w #(
      .WIDTH(WIDTH),
      .DEPTH(2 * DEPTH)
  ) ram (
      .clk_i          (clk_i),
      .write_i        (write_i),
      .write_address_i(write_address[RAM_BITS-1:0]),
      .write_data_i   (write_data_i),
      .read_i         (read_i),
      .read_address_i (read_address[RAM_BITS-1:0]),
      .read_data_o    (read_data_o)
  );

  wire unused = &{1'b0, write_address, read_address};

endmodule

`default_nettype wire

using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Verbs;

public sealed class RegisterReadTests
{
    [Theory]
    [InlineData("GITS_TYPER")]
    [InlineData("gits_typer")]
    [InlineData("GITS_TYPER@0")]
    [InlineData("gits+0x8")]
    [InlineData("gits0+8")]
    [InlineData("GITS@0+0x8")]
    [InlineData("0x8080008")]
    [InlineData("0x808_0008")]
    public async Task Register_is_found_however_it_is_written(string register)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await server.ItsctlAsync("reg", "read", register);

        var lines = run.Succeeded().Lines;
        Assert.Equal("GITS_TYPER 0x1ef71", lines[0]);
        Assert.Contains("[17:13] Devbits 0xf", lines);
        Assert.Contains("[12:8] ID_bits 0xf", lines);
        Assert.Contains("[7:4] ITT_entry_size 0x7", lines);
        Assert.Contains("[19] PTA 0x0", lines);
        Assert.Contains("[0] Physical 0x1", lines);
    }

    [Theory]
    [InlineData("GICR_TYPER@1")]
    [InlineData("GICR_TYPER", "--index", "1")]
    [InlineData("GICR_TYPER", "--vcpu", "1")]
    [InlineData("GICR_TYPER@1", "--index", "1")]
    [InlineData("gicr1+0x8")]
    [InlineData("gicr+0x8", "--index", "1")]
    [InlineData("0x80c0008")]
    public async Task Register_of_another_vCPU_is_found_however_it_is_written(string register, params string[] options)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await server.ItsctlAsync(["reg", "read", register, .. options]);

        Assert.Contains("[23:8] Processor_Number 0x1", run.Succeeded().Lines);
        Assert.Contains("[4] Last 0x1", run.Lines);
        Assert.Contains("[39:32] Aff0 0x1", run.Lines);
    }

    [Fact]
    public async Task System_register_is_that_of_the_vCPU_that_is_named()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");
        (await server.ItsctlAsync("reg", "write", "ICC_PMR_EL1", "0xa0", "--vcpu", "1")).Succeeded();

        var first = await server.ItsctlAsync("reg", "read", "ICC_PMR_EL1");
        var second = await server.ItsctlAsync("reg", "read", "ICC_PMR_EL1", "--vcpu", "1");
        var secondByIndex = await server.ItsctlAsync("reg", "read", "icc_pmr_el1@1");

        Assert.Equal(["ICC_PMR_EL1 0x0", "[7:0] Priority 0x0"], first.Succeeded().Lines);
        Assert.Equal(["ICC_PMR_EL1 0xa0", "[7:0] Priority 0xa0"], second.Succeeded().Lines);
        Assert.Equal(second.Output, secondByIndex.Succeeded().Output);
    }

    [Fact]
    public async Task Half_of_a_register_shows_the_fields_of_that_half()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var low = await server.ItsctlAsync("reg", "read", "GICR_TYPER@1", "--size", "4");
        var high = await server.ItsctlAsync("reg", "read", "gicr1+0xc");

        Assert.Contains("[23:8] Processor_Number 0x1", low.Succeeded().Lines);
        Assert.DoesNotContain(low.Lines, line => line.Contains("Aff0", StringComparison.Ordinal));
        Assert.Equal(
            ["GICR_TYPER 0x1", "[63:56] Aff3 0x0", "[55:48] Aff2 0x0", "[47:40] Aff1 0x0", "[39:32] Aff0 0x1"],
            high.Succeeded().Lines);
    }

    [Theory]
    [InlineData("gits+0x8", 8)]
    [InlineData("gits+0xc", 4)]
    [InlineData("gits+0xa", 2)]
    [InlineData("0x8080009", 1)]
    [InlineData("GITS_CTLR", 4)]
    [InlineData("gits+0x8000", 4)]
    public async Task Access_takes_as_many_bytes_as_the_place_allows(string register, int sizeBytes)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await server.ItsctlAsync("reg", "read", register, "--json");

        Assert.Equal(sizeBytes, run.Succeeded().Json.GetProperty("size_bytes").GetInt32());
    }

    [Fact]
    public async Task Place_without_a_register_reads_as_zero_without_fields()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await server.ItsctlAsync("reg", "read", "gits+0x8000");

        Assert.Equal(["gits+0x8000 0x0"], run.Succeeded().Lines);
    }

    [Fact]
    public async Task Value_and_fields_are_there_as_JSON()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var json = (await server.ItsctlAsync("reg", "read", "0x8080008", "--json")).Succeeded().Json;

        Assert.Equal("vms/guest", json.GetProperty("vm").GetString());
        Assert.Equal("GITS_TYPER", json.GetProperty("register").GetString());
        Assert.Equal(8, json.GetProperty("size_bytes").GetInt32());
        Assert.Equal("0x1ef71", json.GetProperty("value").GetString());
        var field = json.GetProperty("fields").EnumerateArray()
            .Single(field => field.GetProperty("name").GetString() == "Devbits");
        Assert.Equal((17, 13, "0xf"), (
            field.GetProperty("high_bit").GetInt32(),
            field.GetProperty("low_bit").GetInt32(),
            field.GetProperty("value").GetString()));
    }

    [Theory]
    [InlineData("GITS_TYPR", "did you mean GITS_TYPER?")]
    [InlineData("GICR_CTRL@1", "did you mean GICR_CTLR?")]
    [InlineData("ICC_PMR_EL2", "did you mean ICC_PMR_EL1?")]
    [InlineData("GICR_CTLR@2", "0..1")]
    [InlineData("gits+0x20000", "0x20000")]
    [InlineData("0x1234", "0x1234 lies in no frame of this VM")]
    public async Task Register_that_does_not_exist_is_refused_with_what_helps(string register, string help)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var read = await server.ItsctlAsync("reg", "read", register);
        var write = await server.ItsctlAsync("reg", "write", register, "0");

        Assert.Contains(help, read.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
        Assert.Contains(help, write.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3", "1, 2, 4 or 8")]
    [InlineData("16", "1, 2, 4 or 8")]
    public async Task Size_that_no_access_has_is_refused(string size, string accepted)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await server.ItsctlAsync("reg", "read", "GITS_TYPER", "--size", size);

        Assert.Contains(accepted, run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
    }
}

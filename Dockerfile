# The published server alone, as a user without rights. DOTNET_IMAGES is where the .NET images sdk and aspnet are pulled
# from, such as a mirror of your own.
#   docker build --build-arg DOTNET_IMAGES=REGISTRY/dotnet -t its-service .
#   docker run --rm -p 127.0.0.1:7400:7400 its-service
ARG DOTNET_IMAGES
FROM ${DOTNET_IMAGES}/sdk:10.0 AS build
WORKDIR /source

# What decides the packages comes first, so that a change of the sources does not restore again.
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src/StandIns/Directory.Build.props src/StandIns/grpc.pub.snk src/StandIns/
COPY src/StandIns/Grpc.Core.Api/*.csproj src/StandIns/Grpc.Core.Api/packages.lock.json src/StandIns/Grpc.Core.Api/
COPY src/StandIns/Grpc.Net.Common/*.csproj src/StandIns/Grpc.Net.Common/packages.lock.json src/StandIns/Grpc.Net.Common/
COPY src/StandIns/OpenTelemetry.Extensions.Hosting/*.csproj \
    src/StandIns/OpenTelemetry.Extensions.Hosting/packages.lock.json src/StandIns/OpenTelemetry.Extensions.Hosting/
COPY src/ItsService.Core/*.csproj src/ItsService.Core/packages.lock.json src/ItsService.Core/
COPY src/ItsService.Protocol/*.csproj src/ItsService.Protocol/packages.lock.json src/ItsService.Protocol/
COPY src/ItsService.Server/*.csproj src/ItsService.Server/packages.lock.json src/ItsService.Server/
RUN dotnet restore src/ItsService.Server --locked-mode

COPY protos/ protos/
COPY src/ src/
RUN dotnet publish src/ItsService.Server --configuration Release --no-restore --output /published

FROM ${DOTNET_IMAGES}/aspnet:10.0
WORKDIR /app
COPY --from=build /published ./
# Checkpoints, which a volume keeps.
RUN install --directory --mode=0700 --owner="$APP_UID" /state
VOLUME /state
# The image's own unprivileged user.
USER $APP_UID
EXPOSE 7400 7401
ENTRYPOINT ["dotnet", "ItsService.Server.dll"]
CMD ["--listen", "0.0.0.0:7400", "--unix-socket", "none", "--console", "0.0.0.0:7401", \
    "--state-directory", "/state"]
